#include "cli/cmd_inventory.h"

#include "cli/diff_print.h"
#include "cli/inventory_print.h"
#include "cli/inventory_table.h"
#include "core/moment.h"
#include "cli/option_sets.h"
#include "cli/reinfer_print.h"
#include "core/time.h"
#include "domain/collectors.h"
#include "domain/version_compare.h"

#include <stdlib.h>

struct inventory_options {
	const char *repository, *software, *version, *service, *device, *address, *mac, *name, *at, *since, *until;
	struct option_texts signatures;
	bool json, explain, latest;
	struct options common;
};

#define AT(member) offsetof(struct inventory_options, member)

static const struct option_row rows[] = {
	{0, "repository", OPTION_TEXT, "URL", "where it is kept (default sqlite:onlooker.db)", AT(repository), 0, 0},
	{0, "json", OPTION_FLAG, NULL, "one JSON object per endpoint", AT(json), 0, 0},
	{0, "software", OPTION_TEXT, "TITLE", "endpoints with this software: a word of its title, or with * and ?",
	 AT(software), 0, 0},
	{0, "version-of", OPTION_TEXT, "VERSION", "in this version: 1.22, =1.22, 1.22*, '<2.4.50', '>=2.4,<2.4.50'",
	 AT(version), 0, 0},
	{0, "version", OPTION_TEXT, "VERSION", "the same", AT(version), 0, 0},
	{0, "service", OPTION_TEXT, "NAME|PORT", "endpoints with this service: ssh, 'http*', 445, udp/53", AT(service),
	 0, 0},
	{0, "device", OPTION_TEXT, "TEXT", "devices by a word of maker, model or kind, or with * and ?", AT(device), 0,
	 0},
	{0, "address", OPTION_TEXT, "CIDR", "endpoints with an address in this prefix", AT(address), 0, 0},
	{0, "mac", OPTION_TEXT, "MAC", "endpoints with this MAC address", AT(mac), 0, 0},
	{0, "name", OPTION_TEXT, "NAME", "endpoints of this host or domain name, or with * and ?", AT(name), 0, 0},
	{0, "at", OPTION_TEXT, "TIME", "what held at this time (2026-11-20T12:00:00Z, now, 2h: two hours ago)", AT(at),
	 0, 0},
	{0, "latest", OPTION_FLAG, NULL, "of each software the version that was seen last, however long ago",
	 AT(latest), 0, 0},
	{0, "since", OPTION_TEXT, "TIME", "with diff: compare what held then", AT(since), 0, 0},
	{0, "until", OPTION_TEXT, "TIME", "with diff: with what held then (default: when last something was seen)",
	 AT(until), 0, 0},
	{0, "explain", OPTION_FLAG, NULL, "with show: what speaks for and against each thing, and what would change it",
	 AT(explain), 0, 0},
	{0, "signatures", OPTION_TEXTS, "PATH",
	 "with reinfer: one's own signatures, before the built-in ones; any number", AT(signatures), 0, 0},
	{0},
};

const struct option_set inventory_option_set = {
	.command = "onlooker inventory",
	.section = "inventory",
	.rows = rows,
	.operands = "[list | show ENDPOINT | history ENDPOINT | diff --since TIME | reinfer --signatures PATH]",
	.about =
		"Lists the endpoints of a repository, shows all that is known of one or all that was ever said of it,\n"
		"or tells what is new, changed and gone between two times, or what other signatures say of what is "
		"kept.\n"
		"ENDPOINT is the start of an identifier, an address, a MAC address or a name.",
};

static int wrong(struct error *error, const char *option, const char *value, const char *wanted)
{
	return error_set(error, ERROR_USAGE, "onlooker inventory: --%s: '%s' is no %s", option, value, wanted);
}

static int read_time(const char *option, const char *text, uint64_t *time_ns, struct error *error)
{
	if (!text || moment_parse(text, time_now(), time_ns) == 0)
		return 0;
	return wrong(error, option, text, "time like 2026-11-20T12:00:00Z, now or 24h");
}

static int read_filter(const struct inventory_options *o, struct inventory_filter *f, struct error *error)
{
	f->latest = o->latest;
	f->software = o->software;
	f->version = o->version;
	f->service = o->service;
	f->device = o->device;
	f->name = o->name;
	f->has_address = o->address;
	f->has_mac = o->mac;
	if (o->version && !version_wanted_valid(o->version))
		return wrong(error, "version", o->version, "version; give one like 1.22 or '<2.4.50'");
	if (o->address && !prefix_parse(o->address, &f->address))
		return wrong(error, "address", o->address, "prefix like 192.0.2.0/24");
	if (o->mac && !mac_parse(o->mac, f->mac))
		return wrong(error, "mac", o->mac, "MAC address like 00:0c:29:aa:bb:cc");
	return read_time("at", o->at, &f->at_ns, error);
}

static int told(const struct error *error, int code)
{
	if (code)
		fprintf(stderr, "%s%s\n",
			strncmp(error->text, "onlooker ", 9) == 0 ? "" : "onlooker inventory: ", error->text);
	return -code;
}

struct printing {
	struct repository *repository; /* to explain */
	struct related *related;
	struct buffer line;
	bool explain, failed;
};

static void explained_json(struct printing *p, const struct inventory_endpoint *e)
{
	struct error error = {""};
	inventory_json_explained(&p->line, e, p->related);
	if (p->line.len < 2)
		return;
	p->line.len -= 2; /* its end and newline come behind the collectors */
	BUFFER_LITERAL(&p->line, ",\"collectors\":");
	p->line.failed |= collectors_json(&p->line, p->repository, e->id, &error) != 0;
	BUFFER_LITERAL(&p->line, "}\n");
}

static bool print_json(void *arg, const struct inventory_endpoint *e)
{
	struct printing *p = arg;
	buffer_clear(&p->line);
	if (p->explain)
		explained_json(p, e);
	else
		inventory_json(&p->line, e, p->related);
	p->failed = p->line.failed || fwrite(p->line.data, 1, p->line.len, stdout) != p->line.len;
	return !p->failed;
}

static int list_json(struct repository *r, const struct inventory_filter *f)
{
	struct printing p = {0};
	struct error error = {""};
	int code = related_find(r, &p.related, &error);
	if (!code)
		code = inventory_each(r, f, print_json, &p, &error);
	if (!code && p.line.failed)
		code = error_set(&error, ERROR_FAILED, "no memory for a line; ask for fewer endpoints");
	related_free(p.related);
	buffer_fini(&p.line);
	return told(&error, code);
}

static int list_table(struct repository *r, const struct inventory_filter *f)
{
	struct error error = {""};
	return told(&error, inventory_table(r, f, stdout, &error));
}

/* ENDPOINT as a user names it. */
static struct inventory_filter named(const char *text, uint64_t at_ns, bool *is_identifier)
{
	struct inventory_filter f = {.at_ns = at_ns};
	*is_identifier = false;
	if (mac_parse(text, f.mac))
		f.has_mac = true;
	else if (!strchr(text, '/') && prefix_parse(text, &f.address))
		f.has_address = true;
	else if (strlen(text) >= 4 && filter_is_identifier(text)) {
		f.identifier = text;
		*is_identifier = true;
	} else
		f.name = text;
	return f;
}

struct alias {
	const char *wanted;
	char survivor[37];
};

static bool find_alias(void *arg, const struct stored_endpoint *e)
{
	struct alias *a = arg;
	char id[37];
	uuid_text(e->id, id);
	if (!e->merged || strncasecmp(id, a->wanted, strlen(a->wanted)) != 0)
		return true;
	uuid_text(e->survivor, a->survivor);
	return false;
}

struct matches {
	uint64_t count;
	uint8_t id[16]; /* the first */
	bool print, json, explain;
	struct repository *repository;
	struct printing printing;
};

/* Who saw it; false when that cannot be told. */
static bool print_collectors(struct repository *r, const uint8_t id[16])
{
	struct buffer b = {0};
	struct error error = {""};
	BUFFER_LITERAL(&b, "\nCollectors\n");
	bool good = collectors_text(&b, r, id, &error) == 0 && !b.failed && fwrite(b.data, 1, b.len, stdout) == b.len;
	buffer_fini(&b);
	return good;
}

static bool each_match(void *arg, const struct inventory_endpoint *e)
{
	struct matches *m = arg;
	if (!m->count)
		memcpy(m->id, e->id, 16);
	if (m->print && m->json)
		print_json(&m->printing, e);
	else if (m->print) {
		fputs(m->count ? "\n\n" : "", stdout);
		m->printing.failed = !inventory_print_endpoint(e, m->printing.related, m->explain, stdout) ||
				     (m->explain && !print_collectors(m->repository, e->id));
	}
	m->count++;
	return !m->printing.failed;
}

/* Endpoints that `text` names, through aliases too; an identifier that fits none may be a name after all. */
static int match(struct repository *r, const char *text, uint64_t at_ns, struct matches *m, struct error *error)
{
	bool is_identifier;
	m->repository = r;
	struct inventory_filter f = named(text, at_ns, &is_identifier);
	int code = inventory_each(r, &f, each_match, m, error);
	struct alias alias = {.wanted = text};
	if (!code && !m->count && is_identifier)
		code = repository_endpoints(r, NULL, find_alias, &alias, error);
	if (!code && *alias.survivor) {
		f.identifier = alias.survivor;
		code = inventory_each(r, &f, each_match, m, error);
	}
	if (!code && !m->count && is_identifier) {
		f = (struct inventory_filter){.name = text, .at_ns = at_ns};
		code = inventory_each(r, &f, each_match, m, error);
	}
	return code;
}

static bool print_line(void *arg, const struct repository_change *said)
{
	++*(uint64_t *)arg;
	return puts(said->line) >= 0;
}

/* What is said of an address that is no endpoint. */
static int print_spoken(struct repository *r, const char *text, struct error *error)
{
	uint64_t lines = 0;
	int code = repository_spoken(r, text, print_line, &lines, error);
	if (!code && !lines)
		code = error_set(error, ERROR_FAILED, "%s: no endpoint has this identifier, address or name", text);
	else if (!code)
		fprintf(stderr, "onlooker inventory: %s is no endpoint here: others only speak of it\n", text);
	return code;
}

static int show(struct repository *r, const struct inventory_options *o, const char *text, uint64_t at_ns)
{
	struct matches m = {.print = true,
			    .json = o->json,
			    .explain = o->explain,
			    .printing = {.repository = r, .explain = o->explain}};
	struct error error = {""};
	int code = related_find(r, &m.printing.related, &error);
	if (!code)
		code = match(r, text, at_ns, &m, &error);
	if (!code && !m.count)
		code = print_spoken(r, text, &error);
	if (!code && m.printing.line.failed)
		code = error_set(&error, ERROR_FAILED, "no memory for a line");
	related_free(m.printing.related);
	buffer_fini(&m.printing.line);
	return told(&error, code);
}

static int history(struct repository *r, const char *text)
{
	struct matches m = {0};
	struct error error = {""};
	uint64_t lines = 0;
	int code = match(r, text, 0, &m, &error);
	if (!code && !m.count)
		code = print_spoken(r, text, &error);
	else if (!code && m.count > 1)
		code = error_set(
			&error, ERROR_USAGE,
			"%s: %llu endpoints have this; give an identifier, as onlooker inventory show tells them", text,
			(unsigned long long)m.count);
	else if (!code)
		code = repository_history(r, m.id, print_line, &lines, &error);
	return told(&error, code);
}

static int diff(const struct inventory_options *o, struct repository *r, const struct inventory_filter *f)
{
	uint64_t since_ns = 0, until_ns = 0;
	struct error error = {""};
	int code = read_time("since", o->since, &since_ns, &error);
	if (!code)
		code = read_time("until", o->until, &until_ns, &error);
	if (!code && until_ns && until_ns <= since_ns)
		code = error_set(&error, ERROR_USAGE, "--until %s is not after --since %s", o->until, o->since);
	if (!code)
		code = diff_print(r, f, since_ns, until_ns, o->json, stdout, &error);
	return told(&error, code);
}

static int read_again(struct repository *r, const struct inventory_options *o, const struct inventory_filter *f)
{
	struct error error = {""};
	return told(&error, reinfer_print(r, f, &o->signatures, o->json, &error));
}

static int run(const struct inventory_options *o, struct repository *r, const struct inventory_filter *f)
{
	const struct option_texts *words = &o->common.operands;
	const char *verb = words->count ? words->items[0] : "list";
	if (strcmp(verb, "show") == 0)
		return show(r, o, words->items[1], f->at_ns);
	if (strcmp(verb, "history") == 0)
		return history(r, words->items[1]);
	if (strcmp(verb, "diff") == 0)
		return diff(o, r, f);
	if (strcmp(verb, "reinfer") == 0)
		return read_again(r, o, f);
	return o->json ? list_json(r, f) : list_table(r, f);
}

/* What one endpoint is asked for by takes no filters. */
static int check_one(const struct inventory_options *o, const char *verb, struct error *error)
{
	bool show = strcmp(verb, "show") == 0;
	if (!show && strcmp(verb, "history") != 0)
		return 0;
	if (o->software || o->version || o->service || o->device || o->address || o->mac || o->name)
		return error_set(error, ERROR_USAGE,
				 "onlooker inventory: %s tells all of one ENDPOINT; leave out --software and the like",
				 verb);
	if (o->at && !show)
		return error_set(error, ERROR_USAGE, "onlooker inventory: history has all times; leave out --at");
	return 0;
}

/* What fits together and what does not. */
static int check(const struct inventory_options *o, struct error *error)
{
	static const struct {
		const char *verb;
		uint32_t words;
		const char *wants;
	} verbs[] = {{"list", 1, "nothing more; see --software, --name"},
		     {"show", 2, "one ENDPOINT: an address, a MAC address, a name or an identifier"},
		     {"history", 2, "one ENDPOINT: an address, a MAC address, a name or an identifier"},
		     {"diff", 1, "nothing more; see --since, --until"},
		     {"reinfer", 1, "nothing more; see --signatures"}};
	const struct option_texts *words = &o->common.operands;
	const char *verb = words->count ? words->items[0] : "list";
	bool differ = strcmp(verb, "diff") == 0;
	if (o->explain && strcmp(verb, "show") != 0)
		return error_set(error, ERROR_USAGE,
				 "onlooker inventory: --explain goes with show; name an endpoint with show ENDPOINT");
	if (o->signatures.count && strcmp(verb, "reinfer") != 0)
		return error_set(error, ERROR_USAGE, "onlooker inventory: --signatures goes with reinfer");
	if (!differ && (o->since || o->until))
		return error_set(error, ERROR_USAGE,
				 "onlooker inventory: --since and --until go with diff; "
				 "for one time there is --at");
	if (o->latest && (o->at || strcmp(verb, "list") != 0))
		return error_set(error, ERROR_USAGE, "onlooker inventory: --latest goes with list, without --at");
	if (differ && !o->since)
		return error_set(error, ERROR_USAGE,
				 "onlooker inventory: diff wants a time to compare with; give --since TIME");
	if (differ && o->at)
		return error_set(error, ERROR_USAGE, "onlooker inventory: diff has --since and --until, not --at");
	int code = check_one(o, verb, error);
	for (size_t i = 0; !code && i < sizeof verbs / sizeof *verbs; i++) {
		if (strcmp(verb, verbs[i].verb) != 0)
			continue;
		if (!words->count || words->count == verbs[i].words)
			return 0;
		return error_set(error, ERROR_USAGE, "onlooker inventory: %s wants %s", verb, verbs[i].wants);
	}
	if (code)
		return code;
	return error_set(error, ERROR_USAGE,
			 "onlooker inventory: what is '%s'? give list, show, history, diff or reinfer; '%s' may be "
			 "meant for show",
			 verb, verb);
}

int cmd_inventory(int argc, char **argv)
{
	struct inventory_options o = {.repository = "sqlite:onlooker.db"};
	struct inventory_filter f = {0};
	struct repository *r = NULL;
	struct error error = {""};
	int status = options_start(&inventory_option_set, argc, argv, &o, &o.common);
	if (status < 0) {
		int code = check(&o, &error);
		if (!code)
			code = read_filter(&o, &f, &error);
		if (!code)
			code = repository_open(o.repository, REPOSITORY_READ, &r, &error);
		status = code ? told(&error, code) : run(&o, r, &f);
		repository_close(r, NULL);
	}
	options_fini(&inventory_option_set, &o, &o.common);
	return status;
}
