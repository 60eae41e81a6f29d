/* FTP control connections (RFC 959, 4217): banner, user, SYST, CLNT. */
#include "classify/dissect/text.h"

#define BANNER_BYTES 512
#define TLS_RECORD   0x16

struct ftp {
	bool overlong[2], oriented, greeted, greeting;
	bool syst, tls; /* the command before the reply that comes */
};

extern const struct dissector dissector_ftp;

static bool client_word(struct cursor first)
{
	static const char *const words[] = {"USER ", "AUTH TLS", "AUTH SSL", "FEAT", "OPTS ", "SYST", "CLNT ", "HOST "};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (text_starts(first, words[i]))
			return true;
	return false;
}

/* Without the server, USER is POP3's and IRC's as well. */
static enum probe client_probe(const struct probe_input *in, struct cursor client)
{
	if (client_word(client))
		return text_port(in, 21) ? PROBE_YES : PROBE_MAYBE;
	return cursor_left(&client) < 8 ? PROBE_MAYBE : PROBE_NO;
}

/* "220" is a greeting of SMTP too: words first, then what the client says, then ports. */
static enum probe server_probe(const struct probe_input *in, struct cursor first, struct cursor client)
{
	struct cursor line;
	enum probe p = text_either(text_probe(first, "220"), text_probe(first, "421"));
	if (p == PROBE_YES && cursor_left(&first) > 3 && first.at[3] != ' ' && first.at[3] != '-')
		return PROBE_NO;
	if (p != PROBE_YES)
		return p;
	if (!cursor_line(&first, &line))
		return cursor_left(&first) < TEXT_LINE_BYTES ? PROBE_MAYBE : PROBE_NO;
	if (text_has(line, "SMTP"))
		return PROBE_NO;
	if (text_has(line, "FTP") || client_word(client))
		return PROBE_YES;
	if (cursor_left(&client) >= 8)
		return PROBE_NO;
	return text_usual_port(in, &dissector_ftp) ? PROBE_YES : PROBE_MAYBE;
}

static enum probe probe(const struct probe_input *in)
{
	enum probe best = PROBE_NO;
	for (int d = 0; d < 2; d++) {
		struct cursor server = in->first[d], client = in->first[!d];
		best = text_either(best,
				   cursor_left(&server) ? server_probe(in, server, client) : client_probe(in, client));
	}
	return best;
}

static void client_line(struct dissection *x, struct ftp *s, struct cursor line)
{
	if (text_take(&line, "USER "))
		text_yield(x, FIELD_USER_NAME, SUBJECT_SENDER, line, 128);
	else if (text_take(&line, "CLNT "))
		text_yield(x, FIELD_FTP_CLIENT, SUBJECT_SENDER, line, 256);
	else if (text_is(text_trim(line), "SYST"))
		s->syst = true;
	else if (text_starts(line, "AUTH TLS") || text_starts(line, "AUTH SSL"))
		s->tls = true;
}

static bool worded(struct cursor text)
{
	for (; text.at < text.end; text.at++)
		if (*text.at >= 'A')
			return true;
	return false;
}

/* The first line of a greeting is the banner; of a long one the last may name the server where the first is
 * decoration. */
static void greeting(struct dissection *x, struct ftp *s, const struct text_reply *r)
{
	dissection_service(x);
	if (!s->greeting || (!r->more && worded(r->text)))
		text_yield(x, FIELD_FTP_BANNER, SUBJECT_SENDER, r->text, BANNER_BYTES);
	s->greeting = r->more;
	s->greeted = !r->more;
}

static void server_line(struct dissection *x, struct ftp *s, struct cursor line)
{
	struct text_reply r;
	if (!text_reply(line, &r))
		return;
	if (!s->greeted && (r.code == 220 || r.code == 421)) {
		greeting(x, s, &r);
		return;
	}
	if (s->greeting && !s->greeted)
		return; /* a line within the greeting that looks like another reply */
	s->greeted = true;
	dissection_service(x);
	if (r.more)
		return;
	if (s->syst && r.code == 215)
		text_yield(x, FIELD_FTP_SYST, SUBJECT_SENDER, r.text, 256);
	if (s->tls && r.code == 234)
		text_starttls(x);
	s->syst = s->syst && r.code != 215;
	s->tls = false;
}

static void orient(struct dissection *x, struct ftp *s, struct cursor line)
{
	struct text_reply r;
	if (s->oriented)
		return;
	s->oriented = true;
	bool server = text_reply(line, &r);
	dissection_server(x, server ? x->direction : (enum flow_direction) !x->direction);
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct ftp *s = x->state;
	struct cursor line;
	while (!x->next && !x->done[x->direction] && cursor_left(c)) {
		if (s->tls && !dissection_from_server(x) && cursor_peek(c, 0) == TLS_RECORD) {
			text_starttls(x);
			return;
		}
		if (!text_line(&s->overlong[x->direction], c, &line))
			return;
		orient(x, s, line);
		if (dissection_from_server(x))
			server_line(x, s, line);
		else
			client_line(x, s, line);
	}
}

static void gap(struct dissection *x, uint64_t octets)
{
	struct ftp *s = x->state;
	s->overlong[x->direction] = true;
}

const struct dissector dissector_ftp = {
	.name = "ftp",
	.application = "ftp",
	.transports = TRANSPORT_TCP,
	.ports = {21, 2121},
	.state_bytes = sizeof(struct ftp),
	.probe = probe,
	.stream = stream,
	.gap = gap,
};
