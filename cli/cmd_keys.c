#include "cli/cmd_keys.h"

#include "cli/option_sets.h"
#include "cli/table.h"
#include "core/time.h"
#include "domain/key_list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct keys_cli {
	const char *directory, *role;
	uint64_t grace;
	struct options common;
};

#define AT(member) offsetof(struct keys_cli, member)

static const struct option_row rows[] = {
	{0, "directory", OPTION_TEXT, "DIR", "where keys and the fabric's list are (default keys)", AT(directory), 0,
	 0},
	{0, "role", OPTION_TEXT, "ROLE", "make: collector, repository, manager, orchestrator, viewer or admin",
	 AT(role), 0, 0},
	{0, "grace", OPTION_NUMBER, "SECONDS", "rotate: how long the old key goes on (default 0)", AT(grace), 0,
	 31536000},
	{0},
};

const struct option_set keys_option_set = {
	.command = "onlooker keys",
	.section = "keys",
	.rows = rows,
	.operands = "make NAME | list | revoke NAME | rotate NAME",
	.about = "CURVE keys of a fabric. `make fabric` makes the fabric's own; `make NAME --role ROLE` one for a "
		 "component, and\n"
		 "puts it on the list of those that may come. `revoke` and `rotate` take effect within a second in a "
		 "running\n"
		 "fabric.",
};

struct keys {
	const struct keys_cli *cli;
	struct key_list list;
	char allowed[4096];
	struct error *error;
};

static void path_of(const struct keys *k, const char *name, const char *suffix, char out[4096])
{
	snprintf(out, 4096, "%s/%s%s", k->cli->directory, name, suffix);
}

static void fill(struct key_file *f, const char *name, const char *role)
{
	*f = (struct key_file){0};
	snprintf(f->name, sizeof f->name, "%s", name);
	snprintf(f->role, sizeof f->role, "%s", role);
	socket_key_pair(f->public_key, f->secret_key);
}

static int write_fabric(struct keys *k, bool replace)
{
	struct key_file f;
	char path[4096];
	fill(&f, "fabric", "fabric");
	path_of(k, "fabric", ".key", path);
	int code = key_file_write(path, &f, replace, k->error);
	explicit_bzero(f.secret_key, sizeof f.secret_key);
	path_of(k, "fabric", ".pub", path);
	if (!code)
		code = key_file_write(path, &f, true, k->error);
	if (!code && replace)
		printf("%s is for every client; a running fabric takes the new key within a second\n", path);
	else if (!code)
		printf("%s is for every client; start the fabric with --keys %s\n", path, k->cli->directory);
	return code;
}

static struct key_entry *current(struct keys *k, const char *name)
{
	for (uint32_t i = k->list.count; i-- > 0;)
		if (strcmp(k->list.items[i].name, name) == 0 && key_state(&k->list.items[i], time_now()) == KEY_GOOD)
			return &k->list.items[i];
	return NULL;
}

/* Writes the pair and its line. */
static int issue(struct keys *k, const char *name, enum role role, bool replace)
{
	struct key_file f;
	struct key_entry e = {.role = role};
	char path[4096];
	fill(&f, name, role_name(role));
	snprintf(e.name, sizeof e.name, "%s", name);
	memcpy(e.public_key, f.public_key, sizeof e.public_key);
	path_of(k, name, ".key", path);
	int code = key_list_add(&k->list, &e) ? key_file_write(path, &f, replace, k->error)
					      : error_set(k->error, ERROR_FAILED, "the list is full");
	explicit_bzero(&f, sizeof f);
	if (!code)
		code = key_list_write(&k->list, k->allowed, k->error);
	if (!code)
		printf("%s\n", path);
	return code;
}

/* The pair in the file is on the list, and good no more: another may take its place. */
static bool is_spent(const struct keys *k, const char *name)
{
	struct key_file f = {0};
	struct error error;
	char path[4096];
	path_of(k, name, ".key", path);
	const struct key_entry *e =
		key_file_read(path, true, &f, &error) == 0 ? key_list_find(&k->list, f.public_key) : NULL;
	explicit_bzero(&f, sizeof f);
	return e && key_state(e, time_now()) != KEY_GOOD;
}

static int make(struct keys *k, const char *name)
{
	enum role role = k->cli->role ? role_of(k->cli->role) : ROLE_NONE;
	if (strcmp(name, "fabric") == 0)
		return write_fabric(k, false);
	if (role == ROLE_NONE)
		return error_set(k->error, ERROR_USAGE,
				 "--role: give collector, repository, manager, orchestrator, viewer or admin");
	if (current(k, name))
		return error_set(k->error, ERROR_USAGE, "%s is on the list already; rotate or revoke it", name);
	return issue(k, name, role, is_spent(k, name));
}

static int missing(struct keys *k, const char *name)
{
	return error_set(k->error, ERROR_USAGE, "%s: no good key of this name is on %s; see onlooker keys list", name,
			 k->allowed);
}

static int withdraw(struct keys *k, const char *name)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < k->list.count; i++) {
		struct key_entry *e = &k->list.items[i];
		if (strcmp(e->name, name) != 0 || e->revoked)
			continue;
		e->revoked = true;
		e->revoked_ns = time_now();
		n++;
	}
	return n ? key_list_write(&k->list, k->allowed, k->error) : missing(k, name);
}

static int rotate(struct keys *k, const char *name)
{
	if (strcmp(name, "fabric") == 0 && k->cli->grace)
		return error_set(k->error, ERROR_USAGE,
				 "--grace does not go with the fabric's own key: one is good at a time");
	if (strcmp(name, "fabric") == 0)
		return write_fabric(k, true);
	struct key_entry *e = current(k, name);
	if (!e)
		return missing(k, name);
	enum role role = e->role;
	e->until_ns = time_now() + k->cli->grace * NS_PER_SECOND;
	return issue(k, name, role, true);
}

static int list(struct keys *k)
{
	static const char *const heads[] = {"NAME", "ROLE", "STATE", "SINCE OR UNTIL", "PUBLIC"};
	struct table t;
	table_init(&t, heads, 5);
	for (uint32_t i = 0; i < k->list.count; i++) {
		const struct key_entry *e = &k->list.items[i];
		char time[TIME_TEXT_BYTES] = "";
		if (e->revoked || e->until_ns)
			time_text(e->revoked ? e->revoked_ns : e->until_ns, time);
		table_cell(&t, e->name);
		table_cell(&t, role_name(e->role));
		table_cell(&t, key_state_name(key_state(e, time_now())));
		table_cell(&t, time);
		table_cell(&t, e->public_key);
	}
	table_print(&t, NULL, stdout, table_width(stdout));
	bool whole = !t.cells.failed;
	table_fini(&t);
	return whole ? 0 : error_set(k->error, ERROR_FAILED, "no memory for the table");
}

static const struct {
	const char *verb;
	int (*named)(struct keys *, const char *name);
	int (*plain)(struct keys *);
} verbs[] = {{"make", make, NULL}, {"list", NULL, list}, {"revoke", withdraw, NULL}, {"rotate", rotate, NULL}};

static int act(struct keys *k)
{
	const struct option_texts *words = &k->cli->common.operands;
	const char *name = words->count == 2 ? words->items[1] : NULL;
	if (name && !key_name_valid(name))
		return error_set(k->error, ERROR_USAGE, "'%s' is no name for a key; give 1 to 64 of A-Z a-z 0-9 . _ -",
				 name);
	for (size_t i = 0; words->count && i < sizeof verbs / sizeof *verbs; i++) {
		if (strcmp(verbs[i].verb, words->items[0]) != 0)
			continue;
		if (verbs[i].plain && words->count == 1)
			return verbs[i].plain(k);
		if (verbs[i].named && name)
			return verbs[i].named(k, name);
		return error_set(k->error, ERROR_USAGE, "%s %s", verbs[i].verb,
				 verbs[i].named ? "needs one NAME" : "takes no name");
	}
	return error_set(k->error, ERROR_USAGE, "say make NAME, list, revoke NAME or rotate NAME");
}

/* One command at a time changes the list. */
static int with_list(const struct keys_cli *o, struct error *error)
{
	struct keys k = {.cli = o, .error = error};
	const struct option_texts *words = &o->common.operands;
	bool makes = words->count && strcmp(words->items[0], "make") == 0;
	if (makes && mkdir(o->directory, 0700) != 0 && errno != EEXIST)
		return error_set(error, ERROR_USAGE, "%s: %s; name another --directory", o->directory, strerror(errno));
	int fd = open(o->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || flock(fd, LOCK_EX) != 0) {
		int code = error_set(error, ERROR_USAGE, "%s: %s; name another --directory%s", o->directory,
				     strerror(errno), errno == ENOENT ? ", or make keys with onlooker keys make" : "");
		if (fd >= 0)
			close(fd);
		return code;
	}
	path_of(&k, "allowed", "", k.allowed);
	int code = key_list_read(k.allowed, &k.list, error);
	if (!code)
		code = act(&k);
	key_list_free(&k.list);
	close(fd);
	return code;
}

int cmd_keys(int argc, char **argv)
{
	struct keys_cli o = {.directory = "keys"};
	struct error error = {""};
	int status = options_start(&keys_option_set, argc, argv, &o, &o.common);
	if (status < 0) {
		int code = with_list(&o, &error);
		if (code)
			fprintf(stderr, "onlooker keys: %s\n", error.text);
		status = -code;
	}
	options_fini(&keys_option_set, &o, &o.common);
	return status;
}
