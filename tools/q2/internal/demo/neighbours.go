package demo

import "github.com/q2kernel/q2/gopkg/q2"

// Entry is a sentence with its fingerprint.
type Entry struct {
	Sentence
	q2.Fingerprint
}

// Neighbour is another sentence, by its index, and how far it is.
type Neighbour struct {
	Index    int
	Distance int
}

// Nearest lists the k entries nearest to entry i by Lee distance, itself left out; ties go to the lower index.
func Nearest(entries []Entry, i, k int) ([]Neighbour, error) {
	width := q2.PackedLen(entries[i].N)
	codes := make([]byte, 0, len(entries)*width)
	for _, e := range entries {
		codes = append(codes, e.Packed...)
	}
	k = min(k, len(entries)-1)
	ids, distances := make([]uint64, k+1), make([]uint32, k+1)
	found, err := q2.LeeNearest(ids, distances, entries[i].Packed, q2.Codes{Data: codes, Count: len(entries), N: entries[i].N})
	if err != nil {
		return nil, err
	}
	list := make([]Neighbour, 0, k)
	for j := range found {
		if ids[j] != uint64(i) && len(list) < k {
			list = append(list, Neighbour{int(ids[j]), int(distances[j])})
		}
	}
	return list, nil
}

// TopicFirst counts the entries whose nearest neighbour has their own topic.
func TopicFirst(entries []Entry) (int, error) {
	count := 0
	for i := range entries {
		nearest, err := Nearest(entries, i, 1)
		if err != nil {
			return 0, err
		}
		if entries[nearest[0].Index].Topic == entries[i].Topic {
			count++
		}
	}
	return count, nil
}

// Averages are the mean Lee distances between two entries of one topic, and between two of different topics.
func Averages(entries []Entry) (within, across float64, err error) {
	var sum, pairs [2]int
	for i, a := range entries {
		for _, b := range entries[:i] {
			distance, err := q2.LeeDistance(a.Packed, b.Packed, a.N)
			if err != nil {
				return 0, 0, err
			}
			kind := 0
			if a.Topic != b.Topic {
				kind = 1
			}
			sum[kind] += distance
			pairs[kind]++
		}
	}
	return float64(sum[0]) / float64(pairs[0]), float64(sum[1]) / float64(pairs[1]), nil
}
