/* Who may do what on the fabric: the table of operations and that of topics (docs/fabric.md, 2.4 and 3.1).
 * Static data; any thread. */
#ifndef ONLOOKER_DOMAIN_OPERATION_H
#define ONLOOKER_DOMAIN_OPERATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The role of a key. ROLE_LOCAL is that of connections without one, on sockets that were asked to be plain. */
enum role {
	ROLE_NONE,
	ROLE_LOCAL,
	ROLE_COLLECTOR,
	ROLE_REPOSITORY,
	ROLE_MANAGER,
	ROLE_ORCHESTRATOR,
	ROLE_VIEWER,
	ROLE_ADMIN,
	ROLES
};

const char *role_name(enum role role);
/* ROLE_NONE when a key cannot have it. */
enum role role_of(const char *name);

/* Sets of roles; the fabric itself is one bit more. */
#define ROLE_BIT(role) (1u << (role))
#define TO_FABRIC      ROLE_BIT(ROLES)

struct operation {
	const char *name;
	unsigned askers;      /* roles that may ask */
	unsigned answerers;   /* roles that may be asked, or TO_FABRIC */
	uint32_t deadline_ms; /* when the request names none */
	bool registered;      /* the asker must have an identifier */
	bool administrative;  /* it changes what others do or what is known: it is in the audit log */
};

/* NULL when there is none of this name. */
const struct operation *operation_find(const char *name);

/* Whether a role may send to a topic, or ask for all that begins with `prefix`. */
bool topic_may_publish(enum role role, const char *topic, size_t len);
bool topic_may_subscribe(enum role role, const char *prefix, size_t len);

#endif
