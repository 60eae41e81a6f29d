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

/* Rows of a command's table; `member` is its struct connection. */
#define CONNECTION_ROWS(type, member)                                                                               \
	{0, "fabric", OPTION_TEXT, "URL", "the fabric (default " CONNECTION_URL ")", offsetof(type, member.fabric), \
	 0, 0},                                                                                                     \
		{0,                                                                                                 \
		 "key",                                                                                             \
		 OPTION_TEXT,                                                                                       \
		 "FILE",                                                                                            \
		 "our key, NAME.key (default: none, for a plain fabric)",                                           \
		 offsetof(type, member.key),                                                                        \
		 0,                                                                                                 \
		 0},                                                                                                \
	{                                                                                                           \
		0, "fabric-key", OPTION_TEXT, "FILE", "the fabric's public key (default: fabric.pub beside ours)",  \
			offsetof(type, member.fabric_key), 0, 0                                                     \
	}

#define CONNECTION_ROLE_ROWS(type, member)                                                                              \
	CONNECTION_ROWS(type, member),                                                                                  \
		{0, "state", OPTION_TEXT, "DIR", "where it keeps what must outlive it", offsetof(type, member.state),   \
		 0, 0},                                                                                                 \
		{0, "site", OPTION_TEXT, "NAME", "last part of topics (default: default)", offsetof(type, member.site), \
		 0, 0},                                                                                                 \
	{                                                                                                               \
		0, "prefix", OPTION_TEXT, "URN", "prefix of capabilities (default " COMPONENT_CAPABILITY_PREFIX ")",    \
			offsetof(type, member.prefix), 0, 0                                                             \
	}

/* The component options that these make; texts are borrowed. */
struct component_options connection_component(const struct connection *c, const char *command);

/* Set by INT and TERM once connection_handle_signals() was called. */
extern atomic_bool connection_stop;
void connection_handle_signals(void);

#endif
