package index

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
)

// A seal lists the store's files as an orderly Close left them: a line each of its CRC-32C, size and name, and the CRC-32C of those lines. Tables have checksums
// of their own, so that only their size is listed. Opening an index looks at its seal before anything else, and breaks it.

const unsummed = "--------"

// writeSeal is the last thing that Close does.
func writeSeal(dir string, fs fileSystem) error {
	lines, err := sealLines(filepath.Join(dir, storeFolder))
	if err != nil {
		return err
	}
	lines = fmt.Appendf(lines, "%08x\n", crc32.Checksum(lines, castagnoli))
	return writeBytes(fs, filepath.Join(dir, sealFile), lines)
}

func sealLines(folder string) (lines []byte, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	sort.Slice(entries, func(i, j int) bool { return entries[i].Name() < entries[j].Name() })
	for _, entry := range entries {
		if entry.Name() == "LOCK" || !entry.Type().IsRegular() {
			continue
		}
		sum, size, err := sumFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			return nil, err
		}
		lines = fmt.Appendf(lines, "%s %d %s\n", sum, size, entry.Name())
	}
	return lines, nil
}

func sumFile(name string) (sum string, size int64, err error) {
	file, err := os.Open(name)
	if err != nil {
		return "", 0, err
	}
	defer file.Close()
	if strings.HasSuffix(name, ".sst") {
		info, err := file.Stat()
		if err != nil {
			return "", 0, err
		}
		return unsummed, info.Size(), nil
	}
	hash := crc32.New(castagnoli)
	size, err = io.Copy(hash, file)
	return fmt.Sprintf("%08x", hash.Sum32()), size, err
}

// breakSeal checks the store's files against the seal and removes it. repaired names files that were damaged and will be made anew.
func breakSeal(dir string, fs fileSystem) (repaired []string, err error) {
	name := filepath.Join(dir, sealFile)
	raw, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	lines, whole := unseal(raw)
	if !whole {
		return []string{sealFile}, fs.Remove(name)
	}
	for _, line := range lines {
		fine, err := line.holds(filepath.Join(dir, storeFolder))
		if err != nil {
			return nil, err
		}
		if fine {
			continue
		}
		file := path.Join(storeFolder, line.name)
		if !strings.HasPrefix(line.name, "OPTIONS") {
			return nil, &DamageError{Files: []string{file}, What: "it is not as it was when the index was closed"}
		}
		repaired = append(repaired, file)
	}
	return repaired, fs.Remove(name)
}

// dropOptions removes the store's record of its options. Every open writes a new one and needs none, and one that is damaged, which no checksum tells, would
// stop it.
func dropOptions(folder string, fs fileSystem) error {
	entries, err := os.ReadDir(folder)
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), "OPTIONS-") {
			err = errors.Join(err, fs.Remove(filepath.Join(folder, entry.Name())))
		}
	}
	return err
}

type sealLine struct {
	sum, name string
	size      int64
}

// unseal takes the lines of a seal; whole is false where it is damaged itself.
func unseal(raw []byte) (lines []sealLine, whole bool) {
	body, found := bytes.CutSuffix(raw, []byte("\n"))
	at := bytes.LastIndexByte(body, '\n') + 1
	if !found || string(body[at:]) != fmt.Sprintf("%08x", crc32.Checksum(raw[:at], castagnoli)) {
		return nil, false
	}
	for rows := bufio.NewScanner(bytes.NewReader(raw[:at])); rows.Scan(); {
		fields := strings.SplitN(rows.Text(), " ", 3)
		if len(fields) != 3 {
			return nil, false
		}
		size, err := strconv.ParseInt(fields[1], 10, 64)
		if err != nil {
			return nil, false
		}
		lines = append(lines, sealLine{fields[0], fields[2], size})
	}
	return lines, true
}

// holds says whether a file is as the line has it.
func (l sealLine) holds(folder string) (bool, error) {
	sum, size, err := sumFile(filepath.Join(folder, l.name))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return sum == l.sum && size == l.size, err
}
