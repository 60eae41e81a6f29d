/* How a command reaches a fabric: the options all of them share, and the signals that end a role. One thread. */
#ifndef ONLOOKER_CLI_CONNECTION_H
#define ONLOOKER_CLI_CONNECTION_H

#include "cli/options.h"
#include "domain/component.h"

#include <stdatomic.h>

#define CONNECTION_URL "tcp://127.0.0.1:5570"

struct connection {
	const char *fabric, *key, *fabric_key, *state, *site, *prefix;
};

/* Rows of a command's table; `at` is the offset of its struct connection. */
#define CONNECTION_ROW(at, member, name, argument, help)                                               \
	{                                                                                              \
		0, name, OPTION_TEXT, argument, help, (at) + offsetof(struct connection, member), 0, 0 \
	}
#define CONNECTION_ROWS(at)                                                                                      \
	CONNECTION_ROW(at, fabric, "fabric", "URL", "the fabric (default " CONNECTION_URL ")"),                  \
		CONNECTION_ROW(at, key, "key", "FILE", "our key, NAME.key (default: none, for a plain fabric)"), \
		CONNECTION_ROW(at, fabric_key, "fabric-key", "FILE",                                             \
			       "the fabric's public key (default: fabric.pub beside ours)")

#define CONNECTION_ROLE_ROWS(at)                                                                               \
	CONNECTION_ROWS(at), CONNECTION_ROW(at, state, "state", "DIR", "where it keeps what must outlive it"), \
		CONNECTION_ROW(at, site, "site", "NAME", "last part of topics (default: default)"),            \
		CONNECTION_ROW(at, prefix, "prefix", "URN",                                                    \
			       "prefix of capabilities (default " COMPONENT_CAPABILITY_PREFIX ")")

/* The component options that these make; texts are borrowed. */
struct component_options connection_component(const struct connection *c, const char *command);

/* Set by INT and TERM once connection_handle_signals() was called. */
extern atomic_bool connection_stop;
void connection_handle_signals(void);

#endif
