package chat

import (
	"fmt"
	"strings"
	"time"
)

// timeLayouts are the directives of Python's strftime, in the C locale, as Go's layouts.
var timeLayouts = map[byte]string{
	'd': "02", 'm': "01", 'y': "06", 'Y': "2006", 'b': "Jan", 'B': "January", 'a': "Mon", 'A': "Monday",
	'H': "15", 'I': "03", 'M': "04", 'S': "05", 'p': "PM", 'j': "002", 'F': "2006-01-02", 'T': "15:04:05", 'D': "01/02/06", 'R': "15:04",
}

func strftime(line int, now time.Time, format string) (value, error) {
	var out strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			out.WriteByte(format[i])
			continue
		}
		i++
		switch {
		case i == len(format):
			return nil, &UnsupportedError{line, "strftime_now with a % at the end"}
		case format[i] == '%':
			out.WriteByte('%')
		case timeLayouts[format[i]] != "":
			out.WriteString(now.Format(timeLayouts[format[i]]))
		default:
			return nil, &UnsupportedError{line, fmt.Sprintf("strftime_now with %q", format[i-1:i+1])}
		}
	}
	return out.String(), nil
}
