package cond

// CTIItem is what the threat intelligence service knows about an address. Fields and methods have the names that rules
// use; what is unknown is zero.
type CTIItem struct {
	Ip                   string //nolint:revive // the name that rules use
	IpRange              string //nolint:revive // the name that rules use
	IpRangeScore         int    //nolint:revive // the name that rules use
	AsName               string
	AsNum                int
	ReverseDNS           string
	Location             CTILocation
	Behaviors            []CTILabel
	AttackDetails        []CTILabel
	History              CTIHistory
	Classifications      CTIClassifications
	TargetCountries      map[string]int
	BackgroundNoiseScore int
	Scores               CTIScores
	References           []CTILabel
	IsOk                 bool
}

// CTILabel is a named property.
type CTILabel struct{ Name, Label, Description string }

// CTILocation is where an address is; degrees.
type CTILocation struct {
	Country, City       string
	Latitude, Longitude float64
}

// CTIHistory is since when an address is known; ages in days.
type CTIHistory struct {
	FirstSeen, LastSeen string
	FullAge, DaysAge    int
}

// CTIClassifications are the classes of an address.
type CTIClassifications struct{ FalsePositives, Classifications []CTILabel }

// CTIScores are scores over several times.
type CTIScores struct{ Overall, LastDay, LastWeek, LastMonth CTIScore }

// CTIScore is one set of scores, each from 0 to 5.
type CTIScore struct{ Aggressiveness, Threat, Trust, Anomaly, Total int }

// GetAttackDetails returns the names of the attacks.
func (c *CTIItem) GetAttackDetails() []string { return labelNames(c.AttackDetails) }

// GetBehaviors returns the names of the behaviours.
func (c *CTIItem) GetBehaviors() []string { return labelNames(c.Behaviors) }

// GetFalsePositives returns the names of the known harmless services that the address belongs to.
func (c *CTIItem) GetFalsePositives() []string { return labelNames(c.Classifications.FalsePositives) }

// IsFalsePositive reports whether the address belongs to a known harmless service.
func (c *CTIItem) IsFalsePositive() bool { return len(c.Classifications.FalsePositives) > 0 }

// IsPartOfCommunityBlocklist reports whether the address is on the community's list.
func (c *CTIItem) IsPartOfCommunityBlocklist() bool {
	for _, l := range c.Classifications.Classifications {
		if l.Name == "community-blocklist" {
			return true
		}
	}
	return false
}

// GetMaliciousnessScore returns 0 to 1: 1 on the community's list, else a tenth of the last day's total.
func (c *CTIItem) GetMaliciousnessScore() float32 {
	if c.IsPartOfCommunityBlocklist() {
		return 1
	}
	return float32(max(0, c.Scores.LastDay.Total)) / 10
}

// GetBackgroundNoiseScore returns how much of the address's traffic is the internet's noise, 0 to 10.
func (c *CTIItem) GetBackgroundNoiseScore() int { return c.BackgroundNoiseScore }

func labelNames(list []CTILabel) []string {
	out := make([]string, 0, len(list))
	for _, l := range list {
		out = append(out, l.Name)
	}
	return out
}
