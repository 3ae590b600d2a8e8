package terminal

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// Progress is a bar on a terminal; elsewhere, and as nil, it is nothing.
type Progress struct{ bar *progressbar.ProgressBar }

// NewProgress shows a bar for total bytes on w, if w is a terminal and the total is known and worth the sight.
func NewProgress(w io.Writer, what string, total int64) *Progress {
	const worth = 16 << 20
	if total < worth || !Is(w) {
		return nil
	}
	return &Progress{progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription(what),
		progressbar.OptionShowBytes(true),
		progressbar.OptionUseIECUnits(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetWidth(30),
		progressbar.OptionClearOnFinish(),
	)}
}

// NewCount shows a bar for total things on w, if w is a terminal and there are enough to be worth the sight.
func NewCount(w io.Writer, what string, total int) *Progress {
	const worth = 10_000
	if total < worth || !Is(w) {
		return nil
	}
	return &Progress{progressbar.NewOptions(total,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription(what),
		progressbar.OptionShowCount(),
		progressbar.OptionShowIts(),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetWidth(30),
		progressbar.OptionClearOnFinish(),
	)}
}

// At moves the bar to a number of bytes or things. A terminal that can't be written to is no reason to stop the work.
func (p *Progress) At(bytes int64) {
	if p != nil {
		_ = p.bar.Set64(bytes)
	}
}

// Clear takes the bar off the screen.
func (p *Progress) Clear() {
	if p != nil {
		_ = p.bar.Clear()
	}
}
