#include "textflag.h"

// func Holds(p unsafe.Pointer) bool
TEXT ·Holds(SB), NOSPLIT, $0-9
	MOVQ (TLS), AX // g
	MOVQ p+0(FP), CX
	CMPQ CX, 0(AX) // g.stack.lo
	SETCC DX
	CMPQ CX, 8(AX) // g.stack.hi
	SETCS BX
	ANDB BX, DX
	MOVB DX, ret+8(FP)
	RET
