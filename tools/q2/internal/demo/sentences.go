// Package demo holds what `q2 demo` shows: twenty sentences in five topics, and the hidden states that the default model gave for
// them, for machines on which it can't run.
package demo

// Sentence is one of the twenty, with the topic a reader would give it. The model never sees the topic.
type Sentence struct{ Topic, Text string }

// Sentences were written for this demo, four a topic, each short enough for a line beside its key.
var Sentences = []Sentence{
	{"cooking", "Simmer the sauce until it thickens."},
	{"cooking", "Knead the dough and let it rise overnight."},
	{"cooking", "Fry the onions gently in plenty of butter."},
	{"cooking", "Season the soup with a pinch of salt."},
	{"astronomy", "The telescope found a planet around a star."},
	{"astronomy", "Saturn's rings are mostly water ice."},
	{"astronomy", "A comet brightens as it nears the sun."},
	{"astronomy", "Galaxies drift apart as space expands."},
	{"football", "The striker scored in the final minute."},
	{"football", "Our goalkeeper saved two penalties."},
	{"football", "The referee showed the captain a red card."},
	{"football", "The fans cheered as we won the cup."},
	{"money", "The bank raised interest rates again."},
	{"money", "She put her savings into an index fund."},
	{"money", "Inflation eats away at a fixed pension."},
	{"money", "The loan must be repaid within ten years."},
	{"music", "The orchestra tuned before the concert."},
	{"music", "He plays jazz piano in a small bar."},
	{"music", "The choir sang an old hymn in harmony."},
	{"music", "A drum solo opened the second song."},
}

// Asked are the sentences, by index, whose neighbours the demo shows.
var Asked = []int{1, 4, 13}

// CapturedFrom is the model whose hidden states are embedded.
const CapturedFrom = "all-minilm-l6-v2-int8"
