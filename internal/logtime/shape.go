package logtime

import "strings"

// only is the index of the only one of layouts that can read a text, -1 for none. Every layout begins with fields of as
// many digits or letters as it writes and a separator, so that the first bytes tell most of them apart; behind a date,
// an offset or the number of colons does. One pair overlaps: what the ANSI layout with six digits of the second reads,
// the one without reads too and comes first, but for a sign before these digits, which package time lets pass there.
//
// It saves the errors of the layouts that don't fit, which cost more than to read a date.
func only(text string) int {
	if len(text) < len("2006-01-02") {
		return -1
	}
	switch {
	case !isDigit(text[0]):
		switch {
		case text[3] != ' ':
			return -1
		case isWeekday(text[0], text[1], text[2]) && strings.ContainsAny(text, "+-"):
			return 7
		case isWeekday(text[0], text[1], text[2]):
			return 2
		case monthOf(text[0], text[1], text[2]) != 0:
			return 6
		}
	case text[4] == '-':
		return onlyDashed(text)
	case text[4] == '/' && len(text) == len("2006/01/02"):
		return 9
	case text[4] == '/' && strings.Count(text, ":") == 1:
		return 10
	case text[4] == '/':
		return 13
	case text[2] == '/' && isDigit(text[3]):
		return 4
	case text[2] == '/':
		return 1
	case text[2] == '-':
		return 3
	}
	return -1
}

func onlyDashed(text string) int {
	if len(text) == len("2006-01-02") {
		return 11
	}
	rest := text[11:]
	switch {
	case text[10] == 'T' && strings.ContainsAny(rest, "Z+-"):
		return 0
	case text[10] == 'T':
		return 15
	case text[10] != ' ':
		return -1
	case strings.ContainsAny(rest, "+-"):
		return 5
	case strings.Count(rest, ":") == 1:
		return 12
	}
	return 14
}
