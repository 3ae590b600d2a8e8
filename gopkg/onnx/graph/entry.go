package graph

import "strconv"

// entry reads a StringStringEntryProto; the value only when wanted says so, since some are whole files.
func (s *source) entry(f field, what string, wanted func(key string) bool) (key, value string, err error) {
	body, err := s.message(f, what)
	if err != nil {
		return "", "", err
	}
	var valueField field
	err = s.each(body, what, func(f field) (err error) {
		switch f.num {
		case 1:
			var k span
			if k, err = s.message(f, "the key of "+what); err == nil && k.size() <= windowSize {
				key, err = s.text(f, "the key of "+what)
			}
		case 2:
			valueField = f
		}
		return err
	})
	if err != nil || valueField.num == 0 || !wanted(key) {
		return key, "", err
	}
	value, err = s.text(valueField, "the value of "+what)
	return key, value, err
}

func parseSize(at int64, text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, malformed(at, "the length of external data is %q, not a size", text)
	}
	return n, nil
}
