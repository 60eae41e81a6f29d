#include "cli/cmd_repository.h"

#include "cli/connection.h"
#include "cli/notify.h"
#include "cli/option_sets.h"
#include "cli/options_value.h"
#include "cli/repository_verbs.h"
#include "domain/repository_role.h"

#include <string.h>

struct repository_cli {
	struct connection connection;
	const char *repository, *trusted;
	struct options common;
};

#define AT(member) offsetof(struct repository_cli, member)

static const struct option_row rows[] = {
	CONNECTION_ROLE_ROWS(AT(connection)),
	{0, "repository", OPTION_TEXT, "URL", "where it is kept: sqlite:PATH, clickhouse://HOST:PORT/DATABASE",
	 AT(repository), 0, 0},
	{0, "trusted", OPTION_TEXT, "FILE", "take only what one of these keys has signed (Ed25519, PEM)", AT(trusted),
	 0, 0},
	{0},
};

const struct option_set repository_option_set = {
	.command = "onlooker repository",
	.section = "serve",
	.rows = rows,
	.operands = "[VERB …]",
	.about = "The posture attribute repository of a fabric: keeps what collectors persist, acknowledges it when it "
		 "is\n"
		 "committed, and tells what changed. TERM ends it. With a VERB it works on one without serving it: "
		 "import, query,\n"
		 "http, reinfer, prune, upgrade; `onlooker repository import --help` tells.",
};

static int run(const struct repository_cli *o, struct error *error)
{
	if (o->common.operands.count)
		return error_set(error, ERROR_USAGE,
				 "what is '%s'? without a verb it serves; the verbs are import, query, "
				 "http, reinfer, prune and upgrade",
				 o->common.operands.items[0]);
	if (!o->repository)
		return error_set(error, ERROR_USAGE,
				 "name where it is kept, --repository sqlite:PATH or clickhouse://HOST:PORT/DATABASE");
	struct repository_role_options r = {.connection = connection_component(&o->connection, "onlooker repository"),
					    .repository = o->repository,
					    .trusted = o->trusted};
	connection_handle_signals();
	notify("READY=1");
	return repository_role_run(&r, &connection_stop, error);
}

/* The word that is neither an option nor its value, wherever it stands; NULL: there is none. */
static const char *first_word(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *text = argv[i];
		if (text[0] != '-' || !text[1])
			return text;
		if (strcmp(text, "--") == 0)
			return i + 1 < argc ? argv[i + 1] : NULL;
		const struct option_row *row = option_find(&repository_option_set, text + 2, strlen(text + 2));
		row = row ? row : option_find(&repository_verbs_option_set, text + 2, strlen(text + 2));
		if (strcmp(text, "--config") == 0 || (text[1] == '-' && row && row->type != OPTION_FLAG))
			i++; /* its value */
	}
	return NULL;
}

int cmd_repository(int argc, char **argv)
{
	struct repository_cli o = {0};
	struct error error = {""};
	const char *word = first_word(argc, argv);
	if (word && repository_is_verb(word))
		return repository_verb(argc, argv);
	int status = options_start(&repository_option_set, argc, argv, &o, &o.common);
	if (status < 0) {
		int code = run(&o, &error);
		if (code)
			fprintf(stderr, "onlooker repository: %s\n", error.text);
		status = -code;
	}
	options_fini(&repository_option_set, &o, &o.common);
	return status;
}
