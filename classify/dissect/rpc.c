/* ONC RPC (RFC 5531) over UDP and TCP: which programs are served, and the name of the machine that calls (AUTH_SYS).
 * Clients of NFS 4.1 say what implementation they are (RFC 8881 18.35), Linux with its release. */
#include "classify/dissect/rpc.h"

#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define MACHINE_BYTES 255 /* RFC 5531 appendix A */
#define AUTH_BYTES    400
#define MESSAGES      64 /* a direction; later ones tell nothing new */
#define READ_BYTES    4096
#define LAST_FRAGMENT 0x80000000u

enum { CALL = 0, REPLY = 1 };
enum { AUTH_SYS = 1, AUTH_GSS = 6 };
enum { NFS_COMPOUND = 1, OPERATION_SETCLIENTID = 35, OPERATION_EXCHANGE_ID = 42 };
enum { STATE_PROTECT_NONE = 0 };

struct rpc {
	uint32_t xid, program; /* of the newest call */
	uint16_t seen[2];
	bool named;
};

static const struct program {
	uint32_t number;
	const char *application;
} programs[] = {
	{RPC_PORTMAP, "sunrpc"}, {RPC_NFS, "nfs"},    {RPC_MOUNT, "mountd"}, {100021, "nlockmgr"},
	{100024, "status"},      {100011, "rquotad"}, {100004, "ypserv"},    {100007, "ypbind"},
	{100009, "yppasswdd"},   {100227, "nfsacl"},  {100300, "nisd"},      {100068, "cmsd"},
	{100083, "ttdbserverd"}, {300019, "amd"},     {100002, "rusersd"},   {100001, "rstatd"},
};

static const char *application_of(uint32_t program)
{
	for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
		if (programs[i].number == program)
			return programs[i].application;
	return "sunrpc";
}

/* Stamp, machine, then numbers of user and groups. */
static struct cursor machine_of(struct cursor body)
{
	cursor_skip(&body, 4);
	struct cursor name = xdr_opaque(&body);
	return cursor_ok(&body) && cursor_left(&name) <= MACHINE_BYTES ? name : cursor_init(NULL, 0);
}

bool rpc_call(struct cursor *c, struct rpc_call *call)
{
	*call = (struct rpc_call){.xid = cursor_u32(c), .machine = cursor_init(NULL, 0)};
	uint32_t kind = cursor_u32(c), version = cursor_u32(c);
	call->program = cursor_u32(c);
	call->version = cursor_u32(c);
	call->procedure = cursor_u32(c);
	uint32_t flavour = cursor_u32(c);
	struct cursor credentials = xdr_opaque(c);
	cursor_u32(c);
	struct cursor verifier = xdr_opaque(c);
	if (!cursor_ok(c) || kind != CALL || version != 2 || call->version > 1000 || call->procedure > 1000 ||
	    cursor_left(&credentials) > AUTH_BYTES || cursor_left(&verifier) > AUTH_BYTES)
		return false;
	if (flavour == AUTH_SYS)
		call->machine = machine_of(credentials);
	return call->program >= 100000 && call->program < 0x60000000;
}

bool rpc_is_reply(struct cursor c)
{
	cursor_skip(&c, 4);
	uint32_t kind = cursor_u32(&c), refused = cursor_u32(&c);
	return cursor_ok(&c) && kind == REPLY && refused <= 1 && cursor_left(&c) >= 8;
}

bool rpc_reply(struct cursor *c, uint32_t *xid)
{
	*xid = cursor_u32(c);
	uint32_t kind = cursor_u32(c), refused = cursor_u32(c);
	cursor_u32(c);
	xdr_opaque(c);
	uint32_t status = cursor_u32(c);
	return cursor_ok(c) && kind == REPLY && !refused && !status;
}

/* Domain, name and date of the implementation, when there is one. */
static void tell_implementation(struct dissection *x, struct cursor *c)
{
	if (cursor_u32(c) != 1)
		return;
	struct cursor domain = xdr_opaque(c), name = xdr_opaque(c);
	if (cursor_ok(c) && cursor_left(&domain) < 256)
		text_yield(x, FIELD_NFS_IMPLEMENTATION, SUBJECT_SENDER, name, 256);
}

/* Who a client is: a name it makes up for itself, of its kind and often its host's. */
static void tell_exchange(struct dissection *x, struct cursor *c)
{
	cursor_skip(c, 8);
	struct cursor owner = xdr_opaque(c);
	cursor_skip(c, 4);
	uint32_t protection = cursor_u32(c);
	if (!cursor_ok(c))
		return;
	text_yield(x, FIELD_NFS_OWNER, SUBJECT_SENDER, owner, 256);
	if (protection == STATE_PROTECT_NONE)
		tell_implementation(x, c);
}

static void tell_client_id(struct dissection *x, struct cursor *c)
{
	cursor_skip(c, 8);
	struct cursor owner = xdr_opaque(c);
	if (cursor_ok(c))
		text_yield(x, FIELD_NFS_OWNER, SUBJECT_SENDER, owner, 256);
}

/* The first operation of a compound: these two stand alone. */
static void tell_compound(struct dissection *x, struct cursor *c)
{
	xdr_opaque(c);
	cursor_skip(c, 4);
	uint32_t count = cursor_u32(c), operation = cursor_u32(c);
	if (!cursor_ok(c) || !count)
		return;
	if (operation == OPERATION_EXCHANGE_ID)
		tell_exchange(x, c);
	else if (operation == OPERATION_SETCLIENTID)
		tell_client_id(x, c);
}

static void read_call(struct dissection *x, struct rpc *r, struct cursor *c)
{
	struct rpc_call call;
	if (!rpc_call(c, &call))
		return;
	r->xid = call.xid;
	r->program = call.program;
	dissection_server(x, (enum flow_direction) !x->direction);
	if (!r->named && text_own_name(call.machine))
		text_yield(x, FIELD_RPC_MACHINE, SUBJECT_SENDER, call.machine, MACHINE_BYTES);
	r->named |= cursor_left(&call.machine) > 0;
	if (call.program == RPC_NFS && call.version == 4 && call.procedure == NFS_COMPOUND)
		tell_compound(x, c);
}

/* What answers from a port of its own, to calls that were not seen. */
static uint32_t program_of(uint16_t port)
{
	return port == 111 ? RPC_PORTMAP : port == 2049 ? RPC_NFS : port == 20048 ? RPC_MOUNT : 0;
}

static void read_reply(struct dissection *x, struct rpc *r, struct cursor c)
{
	uint32_t xid = 0, program = r->program;
	if (!program)
		program = program_of(wire_sender_port(x));
	if (!rpc_is_reply(c) || !program)
		return;
	if (rpc_reply(&c, &xid) && (!r->program || xid == r->xid)) {
		dissection_server(x, x->direction);
		x->application = application_of(program);
		wire_served(x);
	}
}

static void message(struct dissection *x, struct rpc *r, struct cursor c)
{
	struct cursor kind = c;
	cursor_skip(&kind, 4);
	if (cursor_u32(&kind) == CALL)
		read_call(x, r, &c);
	else
		read_reply(x, r, c);
	if (++r->seen[x->direction] >= MESSAGES)
		dissection_done(x);
}

static void datagram(struct dissection *x, struct cursor *c)
{
	message(x, x->state, *c);
}

/* Records (RFC 5531 11): the first octets of each are read, the rest passes unseen. */
static void stream(struct dissection *x, struct cursor *c)
{
	struct rpc *r = x->state;
	while (!x->done[x->direction] && cursor_left(c) >= 4) {
		struct cursor at = *c;
		uint32_t mark = cursor_u32(&at), len = mark & ~LAST_FRAGMENT;
		size_t wanted = len < READ_BYTES ? len : READ_BYTES;
		if (len < 12 || len > 16u << 20) {
			dissection_done_both(x);
			return;
		}
		if (cursor_left(&at) < wanted)
			return;
		message(x, r, cursor_init(at.at, wanted));
		c->at = at.at;
		text_pass(x, c, len);
	}
}

/* The octets at hand are those of a call or a reply: behind xid which it is; of a call then the version, of a reply
 * whether it is refused. */
static bool begins(struct cursor m)
{
	static const uint8_t most[8] = {0, 0, 0, REPLY, 0, 0, 0, 2};
	size_t n = cursor_left(&m);
	for (size_t i = 4; i < 12 && i < n; i++)
		if (m.at[i] > most[i - 4])
			return false;
	return n < 12 || m.at[7] == REPLY || m.at[11] == 2;
}

/* `known`: it comes from a port of theirs. */
static enum probe fits(struct cursor c, bool tcp, bool known)
{
	struct rpc_call call;
	struct cursor at = c;
	uint32_t len = tcp ? cursor_u32(&at) & ~LAST_FRAGMENT : (uint32_t)cursor_left(&c);
	if (tcp && cursor_left(&c) < 4)
		return PROBE_MAYBE;
	if ((tcp && (len < 24 || len > 16u << 20)) || !begins(at))
		return PROBE_NO;
	if (cursor_left(&at) < 24)
		return tcp ? PROBE_MAYBE : PROBE_NO;
	struct cursor kind = at;
	cursor_skip(&kind, 4);
	if (cursor_u32(&kind) == REPLY)
		return !rpc_is_reply(at) || cursor_peek(&at, 12) ? PROBE_NO : known ? PROBE_YES : PROBE_MAYBE;
	struct cursor whole = at;
	if (rpc_call(&at, &call))
		return PROBE_YES;
	cursor_skip(&whole, 8);
	uint32_t version = cursor_u32(&whole), program = cursor_u32(&whole);
	bool possible = version == 2 && program >= 100000 && program < 0x60000000 && cursor_left(&whole) < AUTH_BYTES;
	return tcp && possible && !cursor_ok(&at) ? PROBE_MAYBE : PROBE_NO;
}

/* A call is known by itself; a reply alone only by its port. */
static enum probe probe(const struct probe_input *in)
{
	bool tcp = in->transport == TRANSPORT_TCP;
	enum probe best = PROBE_NO;
	for (unsigned d = 0; d < 2; d++) {
		bool known = program_of(d ? in->dport : in->sport) != 0;
		enum probe p = cursor_left(&in->first[d]) ? fits(in->first[d], tcp, known) : PROBE_MAYBE;
		if (cursor_left(&in->first[d]) && p == PROBE_NO)
			return PROBE_NO;
		best = text_either(best, p);
	}
	return best;
}

const struct dissector rpc_dissector = {
	.name = "rpc",
	.application = "sunrpc",
	.transports = TRANSPORT_TCP | TRANSPORT_UDP,
	.ports = {111, 2049, 20048},
	.state_bytes = sizeof(struct rpc),
	.probe = probe,
	.stream = stream,
	.datagram = datagram,
};
