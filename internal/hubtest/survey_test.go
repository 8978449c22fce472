package hubtest_test

import (
	"testing"

	"tocsin.example/internal/hubtest"
)

func TestSurvey(t *testing.T) {
	f := func(asserts string, complete, fires bool) {
		t.Helper()
		s := hubtest.Survey{ScenarioAsserts: asserts}
		if got := s.Complete(); got != complete {
			t.Errorf("%q: complete %t, want %t", asserts, got, complete)
		}
		if got := s.Fires("me/a"); got != fires {
			t.Errorf("%q: fires %t, want %t", asserts, got, fires)
		}
	}
	const a, b = `results[0].Overflow.Alert.GetScenario() == "me/a"` + "\n", `results[1].Overflow.Alert.GetScenario() == 'me/b'` + "\n"
	f("len(results) == 0\n", true, false)
	f(" len( results )==0 ", true, false)
	f("len(results) == 0 or true\n", false, false)
	f("len(results) == 1\n"+a, true, true)
	f("len(results) == 2\n"+a+b, true, true)
	f("len(results) == 2\n"+a, false, true)
	f("len(results) == 1\n"+b, true, false)
	f(a, false, true)
	f(`results[0].Overflow.Alert.GetScenario() == "me/abc"`, false, false)
	f("len(results) == 99999999999999999999\n"+a, false, true)
	f("", false, false)
}
