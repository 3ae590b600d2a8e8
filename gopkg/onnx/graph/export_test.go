package graph

// ReadLimited is Read with another limit for the description.
var ReadLimited = readLimited
