package q2

// upTo holds the dimensions up to which plain Go has an answer before a call has crossed into C and back.
type upTo struct {
	quantise, key, pair int // Quantise, Key, LeeDistance
}

// goUpTo is measured, on amd64 with AVX-512, ns of CPU time (Go against the backend, at the last size where Go wins):
//
//	          Quantise        Key                LeeDistance
//	cgo       none            n = 16: 44, 60     n = 512: 40, 47
//	purego    n = 16: 145, 192  n = 1024: 126, 138  n = 2048: 106, 122
//
// Calls for many rows or codes always cross: they share the price.
var goUpTo = [...]upTo{
	doorGo:     {},
	doorCgo:    {key: 16, pair: 512},
	doorPurego: {quantise: 16, key: 1024, pair: 2048},
}

func (k *Kernel) quantiseDoor(n int) door {
	if k == nil || n <= k.small.quantise {
		return doorGo
	}
	return k.door
}

func (k *Kernel) keyDoor(n int) door {
	if k == nil || n <= k.small.key {
		return doorGo
	}
	return k.door
}

func (k *Kernel) pairDoor(n int) door {
	if k == nil || n <= k.small.pair {
		return doorGo
	}
	return k.door
}
