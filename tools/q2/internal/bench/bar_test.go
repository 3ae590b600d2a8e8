package bench

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// injected are figures on either side of each kind of limit.
func injected() map[string]Bar {
	upper := Bar{Name: "upper", Unit: "times the wide norm", Limit: 6, AtMost: true}
	lower := Bar{Name: "lower", Unit: "of the read bandwidth", Limit: 0.85}
	at := func(b Bar, value float64) Bar { b.Value = value; return b }
	with := func(b Bar, missing, why string) Bar { b.Missing, b.Why = missing, why; return b }
	return map[string]Bar{
		"upper kept": at(upper, 5.9), "upper exactly": at(upper, 6), "upper broken": at(upper, 6.1),
		"lower kept": at(lower, 0.9), "lower exactly": at(lower, 0.85), "lower broken": at(lower, 0.84),
		"no limit":      at(Bar{Name: "free", AtMost: true}, 1e9),
		"missing":       with(upper, "this CPU lacks it", ""),
		"cannot":        with(at(upper, 7), "", "no VNNI"),
		"can after all": with(at(upper, 5), "", "no VNNI"),
	}
}

func TestVerdicts(t *testing.T) {
	want := map[string]Verdict{
		"upper kept": Met, "upper exactly": Met, "upper broken": NotMet,
		"lower kept": Met, "lower exactly": Met, "lower broken": NotMet,
		"no limit": Reported, "missing": NotMeasured, "cannot": NotHere, "can after all": Met,
	}
	for name, bar := range injected() {
		judged := bar.judge()
		assert.Equal(t, want[name], judged.Verdict, name)
		assert.Equal(t, "bar", judged.Kind)
	}
}

// Whatever is not met, or was not measured, has a line that says why; whatever is met has none.
func TestExplanations(t *testing.T) {
	want := map[string]string{
		"upper broken": "upper: 6.1 times the wide norm, the bar is at most 6",
		"lower broken": "lower: 0.84 of the read bandwidth, the bar is at least 0.85",
		"missing":      "upper: not measured: this CPU lacks it",
		"cannot":       "upper: 7 times the wide norm, the bar is at most 6: no VNNI",
	}
	for name, bar := range injected() {
		assert.Equal(t, want[name], bar.judge().Explanation(), name)
	}
}

func TestCheck(t *testing.T) {
	bars := func(names ...string) (list []Bar) {
		for _, name := range names {
			list = append(list, injected()[name].judge())
		}
		return list
	}
	assert.NoError(t, Check(bars("upper kept", "lower exactly", "no limit", "missing", "cannot")))
	assert.NoError(t, Check(bars("cannot")))
	err := Check(bars("upper kept", "upper broken", "missing", "lower broken"))
	require.Error(t, err)
	assert.Equal(t, "2 bars are not met: upper: 6.1 times the wide norm, the bar is at most 6; lower: 0.84 of the read bandwidth, the bar is at least 0.85", err.Error())
	assert.EqualError(t, Check(bars("no limit", "missing")), "no bar was measured")
	assert.EqualError(t, Check(nil), "no bar was measured")
}
