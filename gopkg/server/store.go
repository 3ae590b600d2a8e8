package server

// problemOfStore is what a client is told of an error of the collections.
func problemOfStore(err error, field string) *Problem { return nil }
