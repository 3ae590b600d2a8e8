package bench

import (
	"bufio"
	"os"
	"strconv"
	"strings"
)

// availableMemory is what programs can still have without swapping, in bytes.
func availableMemory() (bytes int, known bool) {
	file, err := os.Open("/proc/meminfo")
	if err != nil {
		return 0, false
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) >= 2 && fields[0] == "MemAvailable:" {
			kib, err := strconv.Atoi(fields[1])
			return kib << 10, err == nil
		}
	}
	return 0, false
}
