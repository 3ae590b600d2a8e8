#include "textflag.h"

// func Holds(p unsafe.Pointer) bool
TEXT ·Holds(SB), NOSPLIT, $0-5
	MOVL (TLS), AX // g
	MOVL p+0(FP), CX
	CMPL CX, 0(AX) // g.stack.lo
	SETCC DX
	CMPL CX, 4(AX) // g.stack.hi
	SETCS BX
	ANDB BX, DX
	MOVB DX, ret+4(FP)
	RET
