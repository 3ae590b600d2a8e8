#include "textflag.h"

// func Holds(p unsafe.Pointer) bool
TEXT ·Holds(SB), NOSPLIT, $0-9
	MOV p+0(FP), X5
	MOV 0(g), X6 // g.stack.lo
	MOV 8(g), X7 // g.stack.hi
	MOV $0, X8
	BLTU X5, X6, out
	BGEU X5, X7, out
	MOV $1, X8
out:
	MOVB X8, ret+8(FP)
	RET
