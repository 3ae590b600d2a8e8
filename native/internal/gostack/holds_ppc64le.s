#include "textflag.h"

// func Holds(p unsafe.Pointer) bool
TEXT ·Holds(SB), NOSPLIT, $0-9
	MOVD p+0(FP), R3
	MOVD 0(g), R4 // g.stack.lo
	MOVD 8(g), R5 // g.stack.hi
	MOVD $0, R6
	CMPU R3, R4
	BLT out
	CMPU R3, R5
	BGE out
	MOVD $1, R6
out:
	MOVB R6, ret+8(FP)
	RET
