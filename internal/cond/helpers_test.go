package cond

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The helpers of the public rule language, as its table names them.
const helperTable = `XMLGetNodeValue XMLGetAttributeValue Upper Lower JsonExtract JsonExtractUnescape JsonExtractLib
JsonExtractSlice JsonExtractObject ToJsonString UnmarshalJSON Match File FileMap RegexpInFile LookupFile IpInRange IsIPV4
IsIPV6 IsIP IpToRange ParseKV ParseKVLax Split SplitN SplitAfter SplitAfterN Fields Index IndexAny Join Replace ReplaceAll
Trim TrimLeft TrimRight TrimSpace TrimPrefix TrimSuffix PathUnescape PathEscape QueryUnescape QueryEscape ParseUri
ParseQuery ExtractQueryParam MedianInterval AverageInterval TimeNow ParseUnix GetFromStash SetInStash Sprintf Distance
ToString Atof B64Decode CrowdsecCTI Distinct Flatten FlattenDistinct Get KeyExists LogInfo LookupHost Hostname IPToCountry
GeoIPEnrich GeoIPASNEnrich GeoIPRangeEnrich GetDecisionsCount GetDecisionsSinceCount GetActiveDecisionsCount
GetActiveDecisionsTimeLeft HTTPGet HTTPHead HTTPPost HTTPRequest LibInjectionIsSQLI LibInjectionIsXSS JA4H MatchKnownBot
FloatApproxEqual`

func TestHelperNames(t *testing.T) {
	want := sorted(strings.Fields(helperTable))
	if d := cmp.Diff(want, Helpers()); d != "" {
		t.Errorf("helpers (-want +got):\n%s", d)
	}
	if len(want) != 83 {
		t.Errorf("%d helpers, want 83", len(want))
	}
}
