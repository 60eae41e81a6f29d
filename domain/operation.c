#include "domain/operation.h"

#include <string.h>

static const char *const names[ROLES] = {
	[ROLE_NONE] = "none",           [ROLE_LOCAL] = "local",
	[ROLE_COLLECTOR] = "collector", [ROLE_REPOSITORY] = "repository",
	[ROLE_MANAGER] = "manager",     [ROLE_ORCHESTRATOR] = "orchestrator",
	[ROLE_VIEWER] = "viewer",       [ROLE_ADMIN] = "admin",
};

const char *role_name(enum role role)
{
	return names[role];
}

enum role role_of(const char *name)
{
	for (unsigned r = ROLE_COLLECTOR; r < ROLES; r++)
		if (strcmp(names[r], name) == 0)
			return (enum role)r;
	return ROLE_NONE;
}

#define LOCAL        ROLE_BIT(ROLE_LOCAL)
#define COLLECTOR    ROLE_BIT(ROLE_COLLECTOR)
#define REPOSITORY   ROLE_BIT(ROLE_REPOSITORY)
#define MANAGER      ROLE_BIT(ROLE_MANAGER)
#define ORCHESTRATOR ROLE_BIT(ROLE_ORCHESTRATOR)
#define VIEWER       ROLE_BIT(ROLE_VIEWER)
#define ADMIN        ROLE_BIT(ROLE_ADMIN)
#define ALL          (COLLECTOR | REPOSITORY | MANAGER | ORCHESTRATOR | VIEWER | ADMIN)
#define ASKING       (VIEWER | ORCHESTRATOR | MANAGER | REPOSITORY | ADMIN)
#define INSTRUCTING  (MANAGER | ORCHESTRATOR | ADMIN)

/* The manager's process is the orchestrator, too. */
static const struct operation operations[] = {
	{"ping", ALL, ALL | TO_FABRIC, 2000, false, false},
	{"serve", MANAGER | ORCHESTRATOR | REPOSITORY, TO_FABRIC, 2000, false, false},
	{"counters", MANAGER | ADMIN | VIEWER, TO_FABRIC, 2000, false, false},
	{"keys", MANAGER | ADMIN, TO_FABRIC, 2000, false, false},
	{"audit", ALL, TO_FABRIC, 2000, false, false},
	{"register", ALL, MANAGER, 5000, false, false},
	{"advertise", ALL, MANAGER, 5000, true, false},
	{"pulse", ALL, MANAGER, 2000, true, false},
	{"roster", ASKING, MANAGER, 5000, false, false},
	{"collection.start", ORCHESTRATOR | ADMIN, MANAGER | ORCHESTRATOR, 10000, false, true},
	{"collection.cancel", ORCHESTRATOR | ADMIN, MANAGER | ORCHESTRATOR, 10000, false, true},
	{"collection.list", ORCHESTRATOR | ADMIN | VIEWER, MANAGER | ORCHESTRATOR, 10000, false, false},
	{"collect.start", INSTRUCTING, COLLECTOR, 5000, false, true},
	{"collect.cancel", INSTRUCTING, COLLECTOR, 5000, false, true},
	{"collect.list", INSTRUCTING, COLLECTOR, 5000, false, false},
	{"persist", COLLECTOR, REPOSITORY, 10000, true, false},
	{"query", ASKING, REPOSITORY, 30000, false, false},
	{"snapshot", ASKING, REPOSITORY, 30000, false, false},
	{"changes", ASKING, REPOSITORY, 30000, false, false},
	{"watch.start", INSTRUCTING, REPOSITORY, 5000, false, true},
	{"watch.cancel", INSTRUCTING, REPOSITORY, 5000, false, true},
	{"watch.list", INSTRUCTING | VIEWER, REPOSITORY, 5000, false, false},
	{"import", ADMIN, REPOSITORY, 60000, false, true},
};

const struct operation *operation_find(const char *name)
{
	for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
		if (strcmp(operations[i].name, name) == 0)
			return &operations[i];
	return NULL;
}

static const struct {
	unsigned roles;
	const char *prefix;
} publishing[] = {
	{LOCAL, "/"},
	{COLLECTOR, "/notification/collection/"},
	{REPOSITORY, "/notification/repository/"},
	{COLLECTOR | REPOSITORY | MANAGER | ORCHESTRATOR, "/notification/status/"},
};

static bool begins(const char *text, size_t len, const char *prefix)
{
	size_t n = strlen(prefix);
	return len >= n && memcmp(text, prefix, n) == 0;
}

bool topic_may_publish(enum role role, const char *topic, size_t len)
{
	/* Nobody speaks for the fabric; a topic ends with a slash, so that no name begins another. */
	if (begins(topic, len, "/notification/fabric/") || !len || topic[len - 1] != '/')
		return false;
	for (size_t i = 0; i < sizeof publishing / sizeof *publishing; i++)
		if ((publishing[i].roles & ROLE_BIT(role)) && begins(topic, len, publishing[i].prefix))
			return true;
	return false;
}

bool topic_may_subscribe(enum role role, const char *prefix, size_t len)
{
	static const char fabric[] = "/notification/fabric/";
	if (role == ROLE_NONE)
		return false;
	if (role != ROLE_VIEWER)
		return true;
	/* What a viewer asks for must have left the fabric's own topics behind. */
	size_t n = len < sizeof fabric - 1 ? len : sizeof fabric - 1;
	return memcmp(prefix, fabric, n) != 0;
}
