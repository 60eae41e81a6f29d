#include "cli/cmd_fabric.h"

#include "cli/connection.h"
#include "cli/notify.h"
#include "cli/option_sets.h"
#include "domain/audit.h"
#include "domain/fabric.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct fabric_cli {
	struct option_texts listen;
	const char *keys, *state, *head;
	bool plain;
	struct options common;
};

#define AT(member) offsetof(struct fabric_cli, member)

static const struct option_row rows[] = {
	{0, "listen", OPTION_TEXTS, "URL",
	 "tcp://HOST:PORT (and PORT+1) or ipc://PATH, any number (default " CONNECTION_URL ")", AT(listen), 0, 0},
	{0, "keys", OPTION_TEXT, "DIR", "directory of fabric.key and allowed, made by onlooker keys", AT(keys), 0, 0},
	{0, "state", OPTION_TEXT, "DIR", "where audit.jsonl is kept (default: no audit log)", AT(state), 0, 0},
	{0, "plain", OPTION_FLAG, NULL, "no keys on ipc and loopback addresses", AT(plain), 0, 0},
	{0, "head", OPTION_TEXT, "N:DIGEST", "verify: this head, once published, must be in the log", AT(head), 0, 0},
	{0},
};

const struct option_set fabric_option_set = {
	.command = "onlooker fabric",
	.section = "fabric",
	.rows = rows,
	.operands = "[verify FILE]",
	.about = "The integration service: passes directed messages and broadcasts between the components of a site, "
		 "to\n"
		 "and from those whose keys may. `verify FILE` checks an audit log instead. TERM ends it.",
};

static int read_head(const char *text, struct audit_head *head, struct error *error)
{
	char *colon = NULL;
	head->n = strtoull(text, &colon, 10);
	if (!head->n || *colon != ':' || strlen(colon + 1) != 64)
		return error_set(error, ERROR_USAGE, "--head: '%s' is no head; give N:DIGEST as it was published",
				 text);
	memcpy(head->digest, colon + 1, AUDIT_DIGEST_BYTES);
	return 0;
}

static int verify(const struct fabric_cli *o, struct error *error)
{
	struct audit_head head = {0}, last = {0};
	const struct option_texts *words = &o->common.operands;
	if (words->count != 2 || strcmp(words->items[0], "verify") != 0)
		return error_set(error, ERROR_USAGE, "what is '%s'? `verify FILE` checks an audit log",
				 words->items[0]);
	int code = o->head ? read_head(o->head, &head, error) : 0;
	if (!code)
		code = audit_verify(words->items[1], o->head ? &head : NULL, &last, error);
	if (!code)
		printf("%s: whole, head %llu:%s\n", words->items[1], (unsigned long long)last.n,
		       last.n ? last.digest : "-");
	return code;
}

static int make_state(const char *state, struct error *error)
{
	if (!state || access(state, W_OK | X_OK) == 0 || (errno == ENOENT && mkdir(state, 0750) == 0))
		return 0;
	return error_set(error, ERROR_USAGE, "--state: %s: %s; name a directory that can be written", state,
			 strerror(errno));
}

static int serve(const struct fabric_cli *o, struct error *error)
{
	static const char *const standard[] = {CONNECTION_URL};
	struct fabric *f = NULL;
	int code = make_state(o->state, error);
	struct fabric_options fabric = {.context = socket_context_new(),
					.listen = o->listen.count ? o->listen.items : (const char *const *)standard,
					.n_listen = o->listen.count ? o->listen.count : 1,
					.keys = o->keys,
					.state = o->state,
					.plain = o->plain};
	if (!fabric.context)
		return error_set(error, ERROR_FAILED, "no memory");
	if (!code)
		code = fabric_open(&fabric, &f, error);
	if (!code) {
		connection_handle_signals();
		notify("READY=1");
		fabric_run(f, &connection_stop);
		notify("STOPPING=1");
	}
	fabric_close(f);
	socket_context_free(fabric.context);
	return code;
}

int cmd_fabric(int argc, char **argv)
{
	struct fabric_cli o = {0};
	struct error error = {""};
	int status = options_start(&fabric_option_set, argc, argv, &o, &o.common);
	if (status < 0) {
		int code = o.common.operands.count ? verify(&o, &error) : serve(&o, &error);
		if (code)
			fprintf(stderr, "onlooker fabric: %s\n", error.text);
		status = -code;
	}
	options_fini(&fabric_option_set, &o, &o.common);
	return status;
}
