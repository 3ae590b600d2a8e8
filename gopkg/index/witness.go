package index

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"os"
	"sync"
)

// witness is a file that says which batch was last known to be on the disk. Where the store knows less when it is opened, it has lost batches that were
// acknowledged: a store takes a damaged end of its log for the place where a crash interrupted it. The witness is written after the log, never synced, and
// so never ahead of it.
type witness struct {
	mutex sync.Mutex
	file  *os.File
	seq   uint64
}

const witnessSize = 16

func witnessBytes(seq uint64) []byte {
	out := binary.LittleEndian.AppendUint64(nil, seq)
	return binary.LittleEndian.AppendUint64(out, uint64(crc32.Checksum(out, castagnoli)))
}

// readWitness is what the file says, 0 if there is none; whole is false where it is damaged.
func readWitness(path string) (seq uint64, whole bool, err error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return 0, true, nil
	}
	if err != nil {
		return 0, false, err
	}
	if len(raw) != witnessSize {
		return 0, false, nil
	}
	seq = binary.LittleEndian.Uint64(raw)
	if string(raw) != string(witnessBytes(seq)) {
		return 0, false, nil
	}
	return seq, true, nil
}

// openWitness begins one at a sequence number. The file gets its full size at once: later writes need no room on the disk.
func openWitness(path string, seq uint64) (*witness, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	w := &witness{file: file, seq: seq}
	if err = file.Truncate(witnessSize); err == nil {
		err = w.write()
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return w, nil
}

func (w *witness) write() error {
	_, err := w.file.WriteAt(witnessBytes(w.seq), 0)
	return err
}

// advance notes that all batches up to seq are on the disk.
func (w *witness) advance(seq uint64) error {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if seq <= w.seq {
		return nil
	}
	w.seq = seq
	return w.write()
}

func (w *witness) close() error { return w.file.Close() }
