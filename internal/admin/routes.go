package admin

import "net/http"

// routes is the whole API.
func (s *Server) routes() []route {
	const get, post, del = http.MethodGet, http.MethodPost, http.MethodDelete
	return []route{
		{get, "/status", viewer, "", s.status},
		{get, "/metrics", viewer, "", s.metrics},

		{get, "/bouncers", viewer, "", s.listBouncers},
		{get, "/bouncers/{name}", viewer, "", s.showBouncer},
		{post, "/bouncers", admin, "bouncer.add", s.addBouncer},
		{del, "/bouncers/{name}", admin, "bouncer.delete", s.deleteBouncer},
		{post, "/bouncers/prune", admin, "bouncer.prune", s.pruneBouncers},

		{get, "/machines", viewer, "", s.listMachines},
		{get, "/machines/{name}", viewer, "", s.showMachine},
		{post, "/machines", admin, "machine.add", s.addMachine},
		{post, "/machines/{name}/validate", admin, "machine.validate", s.validateMachine},
		{del, "/machines/{name}", admin, "machine.delete", s.deleteMachine},
		{post, "/machines/prune", admin, "machine.prune", s.pruneMachines},

		{get, "/alerts", viewer, "", s.listAlerts},
		{get, "/alerts/{id}", viewer, "", s.showAlert},
		{del, "/alerts", operator, "alert.delete", s.deleteAlerts},
		{del, "/alerts/{id}", operator, "alert.delete", s.deleteAlert},
		{post, "/alerts/flush", operator, "alert.flush", s.flushAlerts},

		{get, "/decisions", viewer, "", s.listDecisions},
		{post, "/decisions", operator, "decision.add", s.addDecision},
		{post, "/decisions/import", operator, "decision.import", s.importDecisions},
		{del, "/decisions", operator, "decision.delete", s.deleteDecisions},
		{del, "/decisions/{id}", operator, "decision.delete", s.deleteDecision},

		{get, "/allowlists", viewer, "", s.listAllowlists},
		{get, "/allowlists/{name}", viewer, "", s.showAllowlist},
		{get, "/check", viewer, "", s.check},
		{post, "/allowlists", operator, "allowlist.create", s.createAllowlist},
		{del, "/allowlists/{name}", operator, "allowlist.delete", s.deleteAllowlist},
		{post, "/allowlists/{name}/items", operator, "allowlist.add", s.addAllowed},
		{post, "/allowlists/{name}/remove", operator, "allowlist.remove", s.removeAllowed},

		{get, "/simulation", viewer, "", s.showSimulation},
		{post, "/simulation", operator, "simulation.set", s.setSimulation},
		{get, "/shadow", viewer, "", s.showShadow},
		{post, "/shadow", operator, "shadow.set", s.setShadow},
		{get, "/profiles", viewer, "", s.listProfiles},
		{get, "/profiles/test", viewer, "", s.testProfiles},
		{get, "/why", viewer, "", s.why},

		{get, "/tokens", admin, "", s.listTokens},
		{post, "/tokens", admin, "token.add", s.addToken},
		{del, "/tokens/{name}", admin, "token.delete", s.deleteToken},
		{get, "/audit", admin, "", s.audit},
		{get, "/backup", admin, "backup", s.backup},
	}
}
