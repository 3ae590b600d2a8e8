package index

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/record"
)

// suspects are the logs and manifests that end in something that is no record. After a crash that is usual, and means nothing; it is also what
// damage looks like.
func suspects(dir string) (files []string, err error) {
	folder := filepath.Join(dir, storeFolder)
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		number, isLog := logNumber(entry.Name())
		if !isLog && !strings.HasPrefix(entry.Name(), "MANIFEST-") {
			continue
		}
		whole, err := wholeRecords(filepath.Join(folder, entry.Name()), number)
		if err != nil {
			return nil, err
		}
		if !whole {
			files = append(files, path.Join(storeFolder, entry.Name()))
		}
	}
	return files, nil
}

func logNumber(name string) (number uint64, isLog bool) {
	digits, isLog := strings.CutSuffix(name, ".log")
	for _, digit := range digits {
		if digit < '0' || digit > '9' {
			return 0, false
		}
		number = number*10 + uint64(digit-'0')
	}
	return number, isLog && digits != ""
}

// wholeRecords says whether a file consists of records to its end.
func wholeRecords(name string, number uint64) (bool, error) {
	file, err := os.Open(name)
	if err != nil {
		return false, err
	}
	defer file.Close()
	for rows := recordReader(record.NewReader, file, number); ; {
		row, err := rows.Next()
		if err == nil {
			_, err = io.Copy(io.Discard, row)
		}
		switch {
		case errors.Is(err, io.EOF):
			return true, nil
		case err == nil:
		case isNoRecord(err):
			return false, nil
		default:
			return false, err
		}
	}
}

// checkLoss opens the store for reading only and compares it with the witness, before anything is changed: an open for writing would throw away
// what looks like the end of a log.
func checkLoss(dir string, lock *pebble.Lock, fs fileSystem, seen uint64, suspected []string) (err error) {
	s, err := openStore(filepath.Join(dir, storeFolder), lock, fs, true)
	if err != nil {
		return openDamage(err, suspected)
	}
	defer func() {
		if closed := s.close(); err == nil {
			err = closed
		}
	}()
	at, err := s.state(s.db)
	if err == nil {
		err = lossError(at.seq, seen, suspected)
	}
	return err
}

// lossError is what a store says that knows less than it acknowledged.
func lossError(seq, seen uint64, suspected []string) error {
	if seq >= seen {
		return nil
	}
	if len(suspected) == 0 {
		suspected = []string{storeFolder}
	}
	return &DamageError{Files: suspected, What: fmt.Sprintf("batch %d is the last one in the store, and batches up to %d were acknowledged", seq, seen)}
}

// openDamage names the files where the store can't be opened because of damage.
func openDamage(err error, suspected []string) error {
	if !pebble.IsCorruptionError(err) && len(suspected) == 0 {
		return err
	}
	files := suspected
	if info := pebble.ExtractDataCorruptionInfo(err); info != nil {
		files = []string{path.Join(storeFolder, filepath.Base(info.Path))}
	}
	if len(files) == 0 {
		files = []string{storeFolder}
	}
	return &DamageError{Files: files, What: "the store can't be opened", Err: err}
}

// isNoRecord is record.IsInvalidRecord for errors that say more.
func isNoRecord(err error) bool {
	return errors.Is(err, record.ErrInvalidChunk) || errors.Is(err, record.ErrZeroedChunk) || errors.Is(err, record.ErrUnexpectedEOF)
}

// recordReader is open of a number, whose type has no public name.
func recordReader[N ~uint64](open func(io.Reader, N) *record.Reader, file io.Reader, number uint64) *record.Reader {
	return open(file, N(number))
}
