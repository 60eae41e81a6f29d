#include "classify/dissect/tls_hello.h"

#include <string.h>

/* Protocol names (IANA, TLS ALPN protocol IDs) and the service they mean. */
static const struct {
	const char *alpn, *application;
} alpn_table[] = {
	{"http/1.1", "https"},
	{"h2", "https"},
	{"h3", "https"},
	{"http/1.0", "https"},
	{"h2c", "https"},
	{"http/0.9", "https"},
	{"spdy/3.1", "https"},
	{"spdy/3", "https"},
	{"dot", "domain-s"},
	{"doq", "domain-s"},
	{"imap", "imaps"},
	{"pop3", "pop3s"},
	{"ftp", "ftps"},
	{"mqtt", "secure-mqtt"},
	{"nntp", "nntps"},
	{"irc", "ircs-u"},
	{"sip/2", "sips"},
	{"coap", "coaps"},
	{"stun.turn", "turns"},
	{"stun.nat-discovery", "stuns"},
	{"ntske/1", "ntske"},
	{"postgresql", "postgresql"},
	{"tds/8.0", "ms-sql-s"},
	{"smb", "smb"},
	{"xmpp-client", "xmpp-client"},
	{"xmpp-server", "xmpp-server"},
};

/* Ports where TLS starts the connection (IANA service names). */
static const struct {
	uint16_t port;
	const char *application;
} port_table[] = {
	{465, "submissions"},  {563, "nntps"},     {636, "ldaps"},        {853, "domain-s"}, {989, "ftps-data"},
	{990, "ftps"},         {992, "telnets"},   {993, "imaps"},        {994, "ircs"},     {995, "pop3s"},
	{2083, "radsec"},      {2376, "docker-s"}, {3269, "msft-gc-ssl"}, {5061, "sips"},    {5246, "capwap-control"},
	{5247, "capwap-data"}, {5349, "turns"},    {5671, "amqps"},       {5684, "coaps"},   {5986, "wsmans"},
	{6514, "syslog-tls"},  {6697, "ircs-u"},   {8883, "secure-mqtt"},
};

#define HTTPS_PORT 443

static const char *by_alpn(const struct cursor *name)
{
	for (size_t i = 0; i < sizeof alpn_table / sizeof alpn_table[0]; i++)
		if (strlen(alpn_table[i].alpn) == cursor_left(name) &&
		    !memcmp(alpn_table[i].alpn, name->at, cursor_left(name)))
			return alpn_table[i].application;
	/* drafts of HTTP/3 (h3-29) and of its time before the name (hq-29) */
	if (cursor_left(name) > 2 && name->at[0] == 'h' && (name->at[1] == '3' || name->at[1] == 'q') &&
	    name->at[2] == '-')
		return "https";
	return NULL;
}

void tls_inside_learn(struct tls_inside *inside, const struct tls_hello *hello)
{
	struct cursor alpn = hello->alpn, name;
	const char *found = NULL;
	while (!found && tls_alpn(&alpn, &name))
		found = by_alpn(&name);
	if (!hello->client) {
		inside->chosen = found ? found : inside->chosen;
		return;
	}
	inside->offered = found ? found : inside->offered;
	inside->sni |= hello->has_sni;
}

const char *tls_inside_application(const struct tls_inside *inside, uint16_t server_port, const char *otherwise)
{
	if (inside->chosen)
		return inside->chosen;
	if (inside->offered)
		return inside->offered;
	if (server_port == HTTPS_PORT && inside->sni)
		return "https";
	for (size_t i = 0; i < sizeof port_table / sizeof port_table[0]; i++)
		if (port_table[i].port == server_port)
			return port_table[i].application;
	return otherwise;
}
