//go:build aix || solaris

package arena

const lockLimitName = "a privilege, not a number"

func lockLimit() uint64 { return NoLimit }
