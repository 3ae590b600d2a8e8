#include "textflag.h"

// func Holds(p unsafe.Pointer) bool
TEXT ·Holds(SB), NOSPLIT, $0-5
	MOVW p+0(FP), R0
	MOVW 0(g), R1 // g.stack.lo
	MOVW 4(g), R2 // g.stack.hi
	MOVW $0, R3
	CMP R1, R0
	BLO out
	CMP R2, R0
	BHS out
	MOVW $1, R3
out:
	MOVB R3, ret+4(FP)
	RET
