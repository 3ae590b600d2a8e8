package index_test

const childVariable = "Q2_INDEX_CHILD"

func child(role string) {}
