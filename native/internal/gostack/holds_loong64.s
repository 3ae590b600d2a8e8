#include "textflag.h"

// func Holds(p unsafe.Pointer) bool
TEXT ·Holds(SB), NOSPLIT, $0-9
	MOVV p+0(FP), R4
	MOVV 0(g), R5 // g.stack.lo
	MOVV 8(g), R6 // g.stack.hi
	MOVV $0, R7
	BLTU R4, R5, out
	BGEU R4, R6, out
	MOVV $1, R7
out:
	MOVB R7, ret+8(FP)
	RET
