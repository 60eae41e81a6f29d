/* NetBIOS datagrams (RFC 1002 4.4) and the browser announcements that travel in them (MS-BRWS 2.2): hosts tell
 * their names, workgroups, versions and comments; and what domain controllers answer. */
#include "classify/dissect/netbios_name.h"
#include "classify/dissect/netlogon.h"
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

enum { DIRECT_UNIQUE = 0x10, DIRECT_GROUP = 0x11, BROADCAST = 0x12 };
enum { HOST_ANNOUNCEMENT = 1, DOMAIN_ANNOUNCEMENT = 12, LOCAL_MASTER_ANNOUNCEMENT = 15 };

#define SMB_TRANSACTION  0x25
#define SMB_HEADER_BYTES 32
#define SERVER_TYPE_UNIX 0x00000800u

/* The host a datagram is from: it writes its address itself, for a distributor may hand the datagram on. */
struct origin {
	struct address address;
	struct netbios_name to;
	bool to_known;
};

static void yield(struct dissection *x, const struct origin *o, enum field field, const void *value, size_t len)
{
	dissection_yield_address(x, field, 4, &o->address, value, len);
}

/* "6.1", as Windows numbers itself; others who speak this say that they are Unix. */
static void tell_version(struct dissection *x, const struct origin *o, unsigned major, unsigned minor, uint32_t type)
{
	struct wire_text text = {.len = 0};
	wire_text_format(&text, "%s%u.%u", type & SERVER_TYPE_UNIX ? "Unix " : "", major, minor);
	yield(x, o, FIELD_NETBIOS_VERSION, text.data, text.len);
}

/* Update count, period, name, version, kinds of server, browser version, signature, comment. In a domain's
 * announcement the name is the workgroup's and the comment the name of the master that sends it. */
static void tell_announcement(struct dissection *x, const struct origin *o, struct cursor c)
{
	uint8_t command = cursor_u8(&c);
	bool domain = command == DOMAIN_ANNOUNCEMENT;
	if (!domain && command != HOST_ANNOUNCEMENT && command != LOCAL_MASTER_ANNOUNCEMENT)
		return;
	cursor_skip(&c, 5);
	struct cursor name = wire_trim(cursor_sub(&c, 16));
	unsigned major = cursor_u8(&c), minor = cursor_u8(&c);
	uint32_t type = cursor_le32(&c);
	cursor_skip(&c, 4);
	if (!cursor_ok(&c))
		return;
	struct cursor comment = wire_trim(c);
	yield(x, o, domain ? FIELD_NBNS_GROUP : FIELD_NETBIOS_HOST, name.at, cursor_left(&name));
	if (!domain)
		tell_version(x, o, major, minor, type);
	yield(x, o, domain ? FIELD_NETBIOS_HOST : FIELD_NETBIOS_COMMENT, comment.at, cursor_left(&comment));
	/* announcements go to the workgroup the host is in: its master browser (1d) or its potential ones (1e) */
	if (!domain && o->to_known && (o->to.suffix == 0x1d || o->to.suffix == 0x1e))
		yield(x, o, FIELD_NBNS_GROUP, o->to.text, o->to.len);
}

static void tell_netlogon(struct dissection *x, const struct origin *o, struct cursor c)
{
	struct netlogon n;
	if (!netlogon_read(c, &n))
		return;
	const struct dns_name *host = n.host.len ? &n.host : &n.short_host;
	yield(x, o, FIELD_NETLOGON_HOST, host->text, host->len);
	yield(x, o, FIELD_NETLOGON_DOMAIN, n.domain.text, n.domain.len);
	yield(x, o, FIELD_NETLOGON_DOMAIN, n.short_domain.text, n.short_domain.len);
}

static void tell_mailslot(struct dissection *x, const struct origin *o, struct cursor smb)
{
	struct cursor c = smb, slot;
	cursor_skip(&c, SMB_HEADER_BYTES);
	if (cursor_peek(&smb, 0) != 0xff || cursor_peek(&smb, 4) != SMB_TRANSACTION || cursor_u8(&c) < 14)
		return;
	cursor_skip(&c, 22);
	uint16_t len = cursor_le16(&c), offset = cursor_le16(&c);
	uint8_t setup_words = cursor_u8(&c);
	cursor_skip(&c, 1 + 2u * setup_words + 2);
	if (!cursor_ok(&c) || !text_before(&c, 0, &slot))
		return;
	cursor_skip(&smb, offset);
	if (text_is(slot, "\\MAILSLOT\\BROWSE"))
		tell_announcement(x, o, cursor_sub_cut(&smb, len));
	else if (text_starts(slot, "\\MAILSLOT\\NET\\"))
		tell_netlogon(x, o, cursor_sub_cut(&smb, len));
}

static void datagram(struct dissection *x, struct cursor *c)
{
	struct origin o = {.to_known = false};
	struct netbios_name from;
	uint8_t type = cursor_u8(c), flags = cursor_u8(c);
	cursor_skip(c, 2);
	o.address = wire_address(c, 4);
	cursor_skip(c, 2 + 2 + 2);
	/* only whole datagrams or their first part begin with names */
	if (!cursor_ok(c) || type < DIRECT_UNIQUE || type > BROADCAST || !(flags & 2) || x->packet->version != 4)
		return;
	bool from_known = netbios_name_read(&from, c);
	o.to_known = netbios_name_read(&o.to, c);
	if (!cursor_ok(c))
		return;
	if (!wire_address_usable(&o.address, 4))
		o.address = x->packet->src;
	if (from_known && netbios_name_is_host(&from))
		yield(x, &o, FIELD_NBNS_NAME, from.text, from.len);
	tell_mailslot(x, &o, *c);
}

static enum probe probe(const struct probe_input *in)
{
	if (in->sport != 138 && in->dport != 138)
		return PROBE_NO;
	for (unsigned d = 0; d < 2; d++) {
		uint8_t type = cursor_peek(&in->first[d], 0);
		if (cursor_left(&in->first[d]))
			return type >= 0x10 && type <= 0x16 ? PROBE_YES : PROBE_NO;
	}
	return PROBE_MAYBE;
}

const struct dissector netbios_dissector = {
	.name = "netbios",
	.application = "netbios-dgm",
	.transports = TRANSPORT_UDP,
	.ports = {138},
	.probe = probe,
	.datagram = datagram,
};
