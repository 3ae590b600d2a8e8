#include "textflag.h"

// func Holds(p unsafe.Pointer) bool
TEXT ·Holds(SB), NOSPLIT, $0-9
	MOVD p+0(FP), R0
	MOVD 0(g), R1 // g.stack.lo
	MOVD 8(g), R2 // g.stack.hi
	CMP R1, R0
	CSET HS, R3
	CMP R2, R0
	CSET LO, R4
	AND R3, R4
	MOVB R4, ret+8(FP)
	RET
