package cli

import (
	"bufio"
	"os"
	"runtime"
	"strings"

	"golang.org/x/sys/cpu"
)

// buildFindings say how the command itself was built.
func buildFindings() []finding {
	cgo := finding{Area: "build", Name: "cgo", Value: "enabled", OK: true}
	if buildSetting("CGO_ENABLED") == "0" {
		cgo.Value, cgo.OK = "disabled: libq2 only as a shared library, no ONNX Runtime", false
		cgo.Remedy = "install a C compiler (Debian: apt-get install gcc) and build again with CGO_ENABLED=1"
	}
	platform := runtime.GOOS + "/" + runtime.GOARCH
	for _, level := range []string{"GOAMD64", "GOARM64"} {
		if value := buildSetting(level); value != "" {
			platform += " " + level + "=" + value
		}
	}
	return []finding{
		{Area: "build", Name: "q2", Value: moduleVersion(), OK: true},
		{Area: "build", Name: "Go", Value: runtime.Version() + " " + platform, OK: true},
		cgo,
	}
}

// cpuFindings say what the CPU offers that a kernel could use. The operating system's part in it (saved registers) is included.
func cpuFindings() []finding {
	features := strings.Join(cpuFeatures(), " ")
	if features == "" {
		features = "none that a kernel uses"
	}
	return []finding{
		{Area: "CPU", Name: "model", Value: cpuModel(), OK: true},
		{Area: "CPU", Name: "features", Value: features, OK: true},
	}
}

func cpuFeatures() []string {
	var list []string
	for _, f := range []struct {
		name string
		has  bool
	}{
		{"avx2", cpu.X86.HasAVX2}, {"fma", cpu.X86.HasFMA}, {"popcnt", cpu.X86.HasPOPCNT}, {"bmi2", cpu.X86.HasBMI2},
		{"avx512f", cpu.X86.HasAVX512F}, {"avx512bw", cpu.X86.HasAVX512BW}, {"avx512vl", cpu.X86.HasAVX512VL}, {"avx512dq", cpu.X86.HasAVX512DQ},
		{"avx512vnni", cpu.X86.HasAVX512VNNI}, {"avx512vpopcntdq", cpu.X86.HasAVX512VPOPCNTDQ},
		{"neon", cpu.ARM64.HasASIMD}, {"asimddp", cpu.ARM64.HasASIMDDP}, {"sve", cpu.ARM64.HasSVE},
	} {
		if f.has {
			list = append(list, f.name)
		}
	}
	return list
}

// cpuModel is the CPU's name where Linux tells it.
func cpuModel() string {
	file, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return "not known here"
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), ":")
		if strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "not known here"
}
