// Package profile says which decisions an alert leads to: profiles.yaml as CrowdSec has it, and the profile in the box.
package profile
