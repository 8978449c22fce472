package wire

import "encoding/json"

// Login is the body of POST /v1/watchers/login.
type Login struct {
	MachineID string       `json:"machine_id"`
	Password  string       `json:"password"`
	Scenarios List[string] `json:"scenarios"`
	// HasScenarios says that the key was there, which a login by certificate needs.
	HasScenarios bool `json:"-"`
}

// UnmarshalJSON notes whether the scenarios were there.
func (l *Login) UnmarshalJSON(b []byte) error {
	var in struct {
		MachineID string                `json:"machine_id"`
		Password  string                `json:"password"`
		Scenarios present[List[string]] `json:"scenarios"`
	}
	if err := json.Unmarshal(b, &in); err != nil {
		return err
	}
	*l = Login{MachineID: in.MachineID, Password: in.Password, Scenarios: in.Scenarios.value, HasScenarios: in.Scenarios.there}
	return nil
}

// Check says what is missing or too long; with byCertificate, name and password are not asked for.
func (l *Login) Check(byCertificate bool) error {
	bad := &InvalidError{}
	if !byCertificate {
		name("machine_id", l.MachineID, MaxName, bad)
		name("password", l.Password, MaxPassword, bad)
	}
	if len(l.Scenarios) > MaxScenarios {
		bad.fault("scenarios in body should have at most %d items", MaxScenarios)
	}
	for i, s := range l.Scenarios {
		l.Scenarios[i] = cut(s, MaxName)
	}
	return bad.err()
}

// Token answers a login.
type Token struct {
	Code   int    `json:"code"`
	Expire string `json:"expire"` // RFC 3339
	Token  string `json:"token"`
}

// Register is the body of POST /v1/watchers.
type Register struct {
	MachineID         string  `json:"machine_id"`
	Password          string  `json:"password"`
	RegistrationToken *string `json:"registration_token"`
}

// The lengths of a registration token.
const (
	MinToken = 32
	MaxToken = 255
)

// Check says what is missing, too short or too long.
func (r *Register) Check() error {
	bad := &InvalidError{}
	name("machine_id", r.MachineID, MaxName, bad)
	name("password", r.Password, MaxPassword, bad)
	if t := r.RegistrationToken; t != nil && *t != "" {
		if len(*t) < MinToken {
			bad.fault("registration_token in body should be at least %d chars long", MinToken)
		}
		short("registration_token", *t, MaxToken, bad)
	}
	return bad.err()
}

func name(key, s string, n int, bad *InvalidError) {
	if s == "" {
		bad.fault("%s in body is required", key)
		return
	}
	short(key, s, n, bad)
}

// Deleted answers deletions: a number, as text.
type Deleted struct {
	NbDeleted string `json:"nbDeleted"`
}
