#include "domain/discrepancy.h"

#include "domain/claim_text.h"
#include "domain/version_compare.h"
#include "export/json.h"

#include <ctype.h>
#include <string.h>

const char *agreement_name(enum agreement a)
{
	static const char *const names[] = {"corroborated", "contradicted", "silent", "undeclared"};
	return names[a];
}

/* Packages whose name does not tell what the software calls itself. */
static const struct {
	const char *package, *title;
} packages[] = {
	{"apache2", "apachehttpd"},
	{"apache2", "apachehttpserver"},
	{"bind9", "bind"},
	{"chromium", "chrome"},
	{"dovecotcore", "dovecot"},
	{"exim4", "exim"},
	{"exim4daemonlight", "exim"},
	{"exim4daemonheavy", "exim"},
	{"firefoxesr", "firefox"},
	{"httpd", "apachehttpd"},
	{"httpd", "apachehttpserver"},
	{"iscdhcpserver", "iscdhcp"},
	{"mariadbserver", "mariadb"},
	{"mysqlserver", "mysql"},
	{"proftpdbasic", "proftpd"},
	{"proftpdcore", "proftpd"},
	{"samba", "samba"},
	{"slapd", "openldap"},
	{"tomcat9", "apachetomcat"},
	{"tomcat10", "apachetomcat"},
};

/* Letters and digits in lower case: "Apache HTTP Server" and "apache-http-server" are one. */
static void plain(const char *text, char *out, size_t size)
{
	size_t n = 0;
	for (; *text && n + 1 < size; text++)
		if (isalnum((unsigned char)*text))
			out[n++] = (char)tolower((unsigned char)*text);
	out[n] = 0;
}

/* What may stand behind the name of a software in that of its package. */
static bool is_part(const char *rest)
{
	static const char *const parts[] = {"server", "client", "common", "core", "daemon",
					    "light",  "full",   "extras", "base", "bin"};
	while (isdigit((unsigned char)*rest))
		rest++;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (strncmp(rest, parts[i], strlen(parts[i])) == 0)
			return true;
	return !*rest;
}

bool discrepancy_same_software(const char *reported, const char *observed)
{
	char package[128], title[128];
	plain(reported, package, sizeof package);
	plain(observed, title, sizeof title);
	if (!*package || !*title)
		return false;
	bool named = false;
	for (size_t i = 0; i < sizeof packages / sizeof *packages; i++) {
		if (strcmp(packages[i].package, package) != 0)
			continue;
		if (strcmp(packages[i].title, title) == 0)
			return true;
		named = true;
	}
	if (named)
		return false;
	size_t n = strlen(title);
	return n >= 3 && strncmp(package, title, n) == 0 && is_part(package + n);
}

/* A package's version without epoch and revision: "1:9.2p1-2+deb12u3" is 9.2p1. */
static void upstream(const char *version, char *out, size_t size)
{
	const char *colon = strchr(version, ':');
	const char *from = colon && strspn(version, "0123456789") == (size_t)(colon - version) ? colon + 1 : version;
	const char *dash = strrchr(from, '-');
	size_t n = dash && dash > from ? (size_t)(dash - from) : strlen(from);
	n = n < size ? n : size - 1;
	memcpy(out, from, n);
	out[n] = 0;
	out[strcspn(out, "+~")] = 0;
}

bool discrepancy_versions_agree(const char *reported, const char *observed)
{
	char version[128];
	if (!*reported || !*observed)
		return true;
	upstream(reported, version, sizeof version);
	return version_compare(version, observed) == 0 || version_matches(version, observed) ||
	       version_matches(observed, version) || version_compare(reported, observed) == 0;
}

struct software {
	char title[256], version[128];
};

static bool read_software(const struct claim *c, struct software *s)
{
	*s = (struct software){"", ""};
	if (claim_group(c) != GROUP_SOFTWARE)
		return false;
	claim_text(c, "softwareVersion", s->version, sizeof s->version);
	return claim_text(c, "softwareTitle", s->title, sizeof s->title);
}

static bool is_of_same_list(const struct claim *a, const struct claim *b)
{
	return claim_is_of_list(a) && claim_is_of_list(b) && strcmp(a->method, b->method) == 0;
}

/* The endpoint reported the same software again since, in whatever version, or a list in which it might have been. */
static bool is_outdated(const struct inventory_endpoint *e, const struct claim *report)
{
	struct software said, again;
	read_software(report, &said);
	for (uint32_t i = 0; i < e->n_claims; i++)
		if (claim_is_report(&e->claims[i]) && e->claims[i].start_ns > report->end_ns &&
		    (is_of_same_list(&e->claims[i], report) ||
		     (read_software(&e->claims[i], &again) && strcmp(said.title, again.title) == 0)))
			return true;
	return false;
}

/* How a reported software stands to what was observed, and the claim that decides. */
static enum agreement compare(const struct inventory_endpoint *e, const struct claim *report, const struct claim **by)
{
	struct software said, seen;
	enum agreement result = SILENT;
	read_software(report, &said);
	for (uint32_t i = 0; i < e->n_claims; i++) {
		if (claim_is_report(&e->claims[i]) || !read_software(&e->claims[i], &seen) ||
		    !discrepancy_same_software(said.title, seen.title))
			continue;
		bool agree = discrepancy_versions_agree(said.version, seen.version);
		if (agree || result == SILENT)
			*by = &e->claims[i];
		if (agree)
			return CORROBORATED;
		result = CONTRADICTED;
	}
	return result;
}

static bool is_declared(const struct inventory_endpoint *e, const struct claim *observed)
{
	struct software said, seen;
	read_software(observed, &seen);
	for (uint32_t i = 0; i < e->n_claims; i++)
		if (claim_is_report(&e->claims[i]) && read_software(&e->claims[i], &said) &&
		    discrepancy_same_software(said.title, seen.title))
			return true;
	return false;
}

static void add(struct buffer *out, const char **separator, enum agreement a, const struct claim *report,
		const struct claim *observed)
{
	buffer_text(out, *separator);
	*separator = ",";
	BUFFER_LITERAL(out, "{\"agreement\":");
	json_text(out, agreement_name(a));
	if (report) {
		BUFFER_LITERAL(out, ",\"reported\":");
		inventory_claim_json(out, report);
	}
	if (observed) {
		BUFFER_LITERAL(out, ",\"observed\":");
		inventory_claim_json(out, observed);
	}
	buffer_char(out, '}');
}

static void add_all(struct buffer *out, const struct inventory_endpoint *e, bool reporting)
{
	const char *separator = "";
	struct software s;
	for (uint32_t i = 0; i < e->n_claims; i++) {
		const struct claim *c = &e->claims[i], *by = NULL;
		if (!read_software(c, &s) || (claim_is_report(c) && is_outdated(e, c)))
			continue;
		if (claim_is_report(c)) {
			enum agreement a = compare(e, c, &by);
			add(out, &separator, a, c, by);
		} else if (reporting && !is_declared(e, c))
			add(out, &separator, UNDECLARED, NULL, c);
	}
}

bool discrepancy_json(struct buffer *out, const struct inventory_endpoint *e)
{
	struct software s;
	uint32_t reports = 0, software = 0;
	for (uint32_t i = 0; i < e->n_claims; i++) {
		bool is = read_software(&e->claims[i], &s);
		software += is;
		reports += is && claim_is_report(&e->claims[i]);
	}
	if (!software)
		return false;
	BUFFER_LITERAL(out, "{\"endpointIdentifier\":");
	json_uuid(out, e->id);
	BUFFER_LITERAL(out, ",\"designation\":");
	inventory_designation_json(out, e);
	buffer_text(out, reports ? ",\"reporting\":true,\"software\":[" : ",\"reporting\":false,\"software\":[");
	add_all(out, e, reports);
	BUFFER_LITERAL(out, "]}");
	return true;
}
