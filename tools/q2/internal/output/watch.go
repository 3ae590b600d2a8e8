package output

import (
	"os"
	"os/signal"
	"syscall"
)

// watch waits for the signals that end a process while a file is in the making.
type watch struct{ asked, pipe chan os.Signal }

// newWatch holds the signals back from now on.
func newWatch() *watch {
	w := &watch{make(chan os.Signal, 1), make(chan os.Signal, 1)}
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) { // nohup's wish comes first
			signal.Notify(w.asked, s)
		}
	}
	signal.Notify(w.pipe, syscall.SIGPIPE)
	return w
}

// start discards f on a signal, and then lets the process end as it would have.
func (w *watch) start(f *File) {
	go func() {
		if s, ok := <-w.asked; ok {
			f.Discard()
			endBy(s)
		}
	}()
}

// stop gives the signals their usual effect back.
func (w *watch) stop() {
	signal.Stop(w.asked)
	signal.Stop(w.pipe)
	close(w.asked)
}

// endBy raises a signal again, now with its usual effect.
func endBy(s os.Signal) {
	signal.Reset(s)
	self, err := os.FindProcess(os.Getpid())
	if err != nil || self.Signal(s) != nil {
		os.Exit(1) // where signals can't be raised
	}
}
