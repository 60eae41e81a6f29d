#include "domain/inventory_filter.h"

#include "domain/claim_text.h"
#include "domain/condense.h"
#include "domain/version_compare.h"

#include <fnmatch.h>
#include <string.h>
#include <strings.h>

static bool fits(const char *pattern, const char *text)
{
	return fnmatch(pattern, text, FNM_CASEFOLD | FNM_NOESCAPE) == 0;
}

static bool has_words(const char *wanted, const char *text)
{
	return strpbrk(wanted, "*?[") ? fits(wanted, text) : words_in(text, wanted);
}

bool filter_takes_title(const struct inventory_filter *f, const char *title)
{
	return !f->software || has_words(f->software, title);
}

bool filter_takes_creator(const struct inventory_filter *f, const char *creator)
{
	return !f->creator || has_words(f->creator, creator);
}

bool filter_takes_version(const struct inventory_filter *f, const char *version)
{
	return !f->version || (*version && version_matches(version, f->version));
}

bool filter_takes_role(const struct inventory_filter *f, const char *role)
{
	return !f->role || strcmp(f->role, role) == 0;
}

/* What people call services that IANA calls otherwise. */
static const char *registered(const char *called)
{
	static const struct {
		const char *called, *name;
	} rows[] = {
		{"cifs", "smb"},
		{"dhcp", "bootps"},
		{"dhcpv6", "dhcpv6-server"},
		{"dnp3", "dnp"},
		{"dns", "domain"},
		{"dot", "domain-s"},
		{"enip", "EtherNet-IP"},
		{"iec104", "iec-104"},
		{"ike", "isakmp"},
		{"jetdirect", "pdl-datastream"},
		{"memcached", "memcache"},
		{"modbus", "mbap"},
		{"mssql", "ms-sql-s"},
		{"netbios", "netbios-ns"},
		{"opcua", "opcua-tcp"},
		{"postgres", "postgresql"},
		{"rdp", "ms-wbt-server"},
		{"s7", "iso-tsap"},
		{"vnc", "rfb"},
		{"xmpp", "xmpp-client"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcasecmp(called, rows[i].called) == 0)
			return rows[i].name;
	return called;
}

/* "443", "https" */
static bool is_service(const char *wanted, const char *port, const char *name)
{
	return strcmp(wanted, port) == 0 || fits(registered(wanted), name);
}

/* "tcp/443", "443/tcp", "tcp/https" */
static bool is_service_over(const char *wanted, const char *transport, const char *port, const char *name)
{
	const char *slash = strchr(wanted, '/');
	size_t n = slash ? (size_t)(slash - wanted) : 0;
	char first[64];
	if (!n || n >= sizeof first)
		return false;
	memcpy(first, wanted, n);
	first[n] = 0;
	return (strcasecmp(first, transport) == 0 && is_service(slash + 1, port, name)) ||
	       (strcasecmp(slash + 1, transport) == 0 && is_service(first, port, name));
}

bool filter_takes_service(const struct inventory_filter *f, const char *transport, const char *port, const char *name)
{
	return !f->service || is_service(f->service, port, name) || is_service_over(f->service, transport, port, name);
}

bool filter_takes_device(const struct inventory_filter *f, const char *text)
{
	return !f->device || has_words(f->device, text);
}

/* A name without a dot is found as the first label too: "shop" for shop.example.net. */
bool filter_takes_name(const struct inventory_filter *f, const char *name)
{
	size_t n = f->name ? strlen(f->name) : 0;
	return !f->name || fits(f->name, name) ||
	       (!strpbrk(f->name, ".*?[") && strncasecmp(f->name, name, n) == 0 && name[n] == '.');
}

bool filter_takes_address(const struct inventory_filter *f, const char *address)
{
	struct address a;
	uint8_t version = f->has_address ? address_parse(address, &a) : 0;
	return !f->has_address || (version && prefix_holds(&f->address, &a, version));
}

bool filter_is_identifier(const char *text)
{
	return *text && strspn(text, "0123456789abcdefABCDEF-") == strlen(text);
}

bool filter_name_endpoint(struct inventory_filter *f, const char *text)
{
	if (mac_parse(text, f->mac))
		f->has_mac = true;
	else if (!strchr(text, '/') && prefix_parse(text, &f->address))
		f->has_address = true;
	else if (strlen(text) >= 8 && filter_is_identifier(text))
		f->identifier = text;
	else
		f->name = text;
	return *text;
}

bool filter_asks_software(const struct inventory_filter *f)
{
	return f->software || f->creator || f->version || f->role;
}

bool filter_takes_interval(const struct inventory_filter *f, uint64_t first_ns, uint64_t last_ns)
{
	if (f->fresh_ns && last_ns < f->fresh_ns)
		return false;
	return !f->at_ns || (first_ns <= f->at_ns && f->at_ns <= last_ns + CONDENSE_GAP_NS);
}
