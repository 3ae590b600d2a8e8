package bench

import "golang.org/x/sys/cpu"

// whySlow is what this CPU lacks that keeps an instruction set from what the limits ask for; empty where it lacks nothing.
func whySlow(isa string) string {
	switch {
	case isa == "scalar":
		return "there are no vector instructions here that libq2 uses"
	case isa == "avx512" && !cpu.X86.HasAVX512VNNI:
		return "this CPU lacks AVX512-VNNI, by which symbols are packed"
	}
	return ""
}

// whySlowDistances is the same for distances.
func whySlowDistances(isa string) string {
	switch {
	case isa == "avx2":
		return "this CPU lacks AVX-512, whose registers are twice as wide"
	case isa == "avx512" && !cpu.X86.HasAVX512VPOPCNTDQ:
		return "this CPU lacks AVX512-VPOPCNTDQ, which counts bits in whole registers"
	}
	return whySlow(isa)
}

// whySlowProducts is what keeps products of 64 queries from counts of bits: both are bound by computing, not by memory.
func whySlowProducts() string {
	return "1024 products of bytes take 16 cycles and more where a core makes 64 a cycle, and a count of differing bits takes 4"
}
