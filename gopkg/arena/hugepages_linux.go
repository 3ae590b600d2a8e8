package arena

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

const hugePageFolder = "/sys/kernel/mm/transparent_hugepage/"

// hugePageSize asks the kernel: it takes the advice without a word where an administrator has switched huge pages off.
func hugePageSize() (int, error) {
	enabled, err := os.ReadFile(hugePageFolder + "enabled")
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrNoHugePages, err)
	}
	if strings.Contains(string(enabled), "[never]") {
		return 0, fmt.Errorf("%w: %senabled says never; write madvise to it", ErrNoHugePages, hugePageFolder)
	}
	text, err := os.ReadFile(hugePageFolder + "hpage_pmd_size")
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrNoHugePages, err)
	}
	size, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 31)
	if err != nil || size == 0 || size&(size-1) != 0 {
		return 0, fmt.Errorf("%w: %shpage_pmd_size is %q, must be a power of two", ErrNoHugePages, hugePageFolder, text)
	}
	return int(size), nil
}

func adviseHugePages(b []byte) error {
	if err := unix.Madvise(b, unix.MADV_HUGEPAGE); err != nil {
		return fmt.Errorf("%w: madvise: %w", ErrNoHugePages, err)
	}
	return nil
}
