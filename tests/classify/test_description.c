/* Devices that describe themselves: UPnP and WSD over HTTP, discovery by SSDP and WS-Discovery. */
#include "tests/classify/dissect_test.h"

#include "classify/dissect/description.h"
#include "classify/dissect/device.h"
#include "classify/dissect/xml.h"
#include "tests/classify/dissect_fixture.h"

extern const struct dissector dissector_http, ssdp_dissector, wsd_dissector;

static struct fixture f;

#define ROOT "<?xml version=\"1.0\"?>\n<root xmlns=\"urn:schemas-upnp-org:device-1-0\"><specVersion/>"
#define DEVICE                                                                                \
	"<device><deviceType>urn:schemas-upnp-org:device:Printer:1</deviceType>\n"            \
	"<friendlyName>Office &amp; hall</friendlyName><manufacturer>Print|Co</manufacturer>" \
	"<modelName>Ink 7</modelName><modelNumber>IJ-700X</modelNumber>"                      \
	"<serialNumber>SN0042</serialNumber><UDN>uuid:11-22</UDN>"
#define EMBEDDED "<deviceList><device><manufacturer>Other</manufacturer></device></deviceList>"

static void upnp_devices_describe_themselves(void **state)
{
	EXPECT(dissector_http, 49152,
	       "service server sender http\n"
	       "upnp.device server sender vendor=Print|Co;model=Ink 7 IJ-700X;serial=SN0042;kind=printer\n"
	       "upnp.friendlyName server sender Office & hall\n"
	       "upnp.udn server sender uuid:11-22\n",
	       C("GET /d.xml HTTP/1.0\r\n\r\n"),
	       S("HTTP/1.0 200 OK\r\nContent-Type: text/xml\r\n\r\n" ROOT DEVICE EMBEDDED "</device></root>"));
	/* in one chunk; the number of the model says nothing new */
	EXPECT(dissector_http, 80,
	       "service server sender http\n"
	       "upnp.device server sender vendor=Print|Co;model=Ink 7 mk3\n",
	       C("GET /d.xml HTTP/1.1\r\n\r\n"),
	       S("HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n95\r\n"
		 "<root><device><manufacturer>Print|Co</manufacturer><modelName>Ink 7 mk3</modelName>"
		 "<modelNumber>mk3</modelNumber><serialNumber></serialNumber></device></root>\r\n0\r\n\r\n"));
}

static void windows_and_printers_answer_wsd(void **state)
{
	EXPECT(dissector_http, 5357,
	       "service server sender http\n"
	       "wsd.device server sender vendor=Example Corp;model=Model 9;serial=77;kind=computer\n"
	       "wsd.name server sender Example Computer\n"
	       "wsd.computer server sender DESK-7\n"
	       "wsd.domain server sender OFFICE\n",
	       C("POST /x/ HTTP/1.1\r\nContent-Length: 0\r\n\r\n"),
	       S("HTTP/1.1 200\r\nContent-Type: application/soap+xml\r\nContent-Length: 504\r\n\r\n"
		 "<soap:Envelope xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\"><soap:Body>"
		 "<wsdp:ThisDevice><wsdp:FriendlyName xml:lang=\"en\">Example Computer</wsdp:FriendlyName>"
		 "<wsdp:SerialNumber>77</wsdp:SerialNumber></wsdp:ThisDevice><wsdp:ThisModel>"
		 "<wsdp:Manufacturer>Example Corp</wsdp:Manufacturer><wsdp:ModelName>Model 9</wsdp:ModelName>"
		 "</wsdp:ThisModel><wsdp:Relationship><wsdp:Types>pub:Computer</wsdp:Types>"
		 "<pub:Computer>DESK-7/Workgroup:OFFICE</pub:Computer></wsdp:Relationship>"
		 "</soap:Body></soap:Envelope>"));
}

static void other_xml_is_no_description(void **state)
{
	EXPECT(dissector_http, 80, "service server sender http\n", C("GET /rss HTTP/1.1\r\n\r\n"),
	       S("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 66\r\n\r\n"
		 "<rss><device><manufacturer>Nobody</manufacturer></device></rss>   "));
	/* the beginning is all that is looked for */
	EXPECT(dissector_http, 80, "service server sender http\n", C("GET / HTTP/1.1\r\n\r\n"),
	       S("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Encoding: gzip\r\n\r\n" ROOT DEVICE));
}

static void devices_announce_their_kind(void **state)
{
	static const char notify[] =
		"NOTIFY * HTTP/1.1\r\nNT: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\n\r\n";
	static const char media[] = "NOTIFY * HTTP/1.1\r\nNT: urn:schemas-upnp-org:device:MediaServer:1\r\n\r\n";
	fixture_init(&f, &ssdp_dissector, 4, 1900);
	fixture_datagram(&f, FLOW_FORWARD, notify, sizeof notify - 1);
	SAID(&f, "ssdp.device sender kind=router", NULL);
	fixture_datagram(&f, FLOW_FORWARD, media, sizeof media - 1);
	SAID(&f, NULL); /* may be software on any computer */
}

#define ENVELOPE                                                       \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?><s:Envelope "       \
	"xmlns:d=\"http://schemas.xmlsoap.org/ws/2005/04/discovery\">" \
	"<s:Header><a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/"

static const char camera[] =
	ENVELOPE "ProbeMatches</a:Action></s:Header><s:Body><d:Types>dn:NetworkVideoTransmitter tds:Device</d:Types>"
		 "<d:Scopes>onvif://www.onvif.org/type/video_encoder\n onvif://www.onvif.org/hardware/EX-20%2FI "
		 "onvif://www.onvif.org/name/EXAMPLE%20EX</d:Scopes></s:Body></s:Envelope>";

static void wsd_finds_cameras_and_printers(void **state)
{
	static const char printer[] = ENVELOPE "Hello</a:Action></s:Header><d:Types>wprt:PrintDeviceType</d:Types>";
	static const char probe[] = ENVELOPE "Probe</a:Action></s:Header><d:Types>wprt:PrintDeviceType</d:Types>";
	fixture_init(&f, &wsd_dissector, 4, 3702);
	assert_int_equal(fixture_probe(&f, TRANSPORT_UDP, FLOW_REVERSE, camera, sizeof camera - 1), PROBE_YES);
	assert_int_equal(fixture_probe(&f, TRANSPORT_UDP, FLOW_REVERSE, "<rss> /discovery", 16), PROBE_NO);
	fixture_datagram(&f, FLOW_REVERSE, camera, sizeof camera - 1);
	SAID(&f, "wsd.device sender model=EX-20/I;kind=camera", "wsd.name sender EXAMPLE EX",
	     "service sender ws-discovery", NULL);
	assert_true(fixture_cut_datagrams(&f, FLOW_REVERSE, camera, sizeof camera - 1) <= 3);
	fixture_datagram(&f, FLOW_FORWARD, printer, sizeof printer - 1);
	SAID(&f, "wsd.device sender kind=printer", NULL);
	fixture_datagram(&f, FLOW_FORWARD, probe, sizeof probe - 1); /* who asks is no printer */
	SAID(&f, NULL);
}

static void xml_is_walked(void **state)
{
	static const char text[] = "<!-- a --><a:b c=\"d\"> one &lt;&#39;x </a:b><e/><cut>text";
	struct cursor c = cursor_init(text, sizeof text - 1);
	struct xml_element e;
	struct wire_text t = {.len = 0};
	assert_true(xml_next(&c, &e) && xml_is(&e, "b") && !e.end);
	xml_text(&t, e.text, 64);
	assert_int_equal(t.len, strlen("one <'x"));
	assert_memory_equal(t.data, "one <'x", t.len);
	assert_true(xml_next(&c, &e) && xml_is(&e, "b") && e.end);
	assert_true(xml_next(&c, &e) && xml_is(&e, "e"));
	assert_true(xml_next(&c, &e) && xml_is(&e, "cut"));
	assert_int_equal(cursor_left(&e.text), 0); /* half a text is none */
	assert_false(xml_next(&c, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(upnp_devices_describe_themselves), cmocka_unit_test(windows_and_printers_answer_wsd),
		cmocka_unit_test(other_xml_is_no_description),      cmocka_unit_test(devices_announce_their_kind),
		cmocka_unit_test(wsd_finds_cameras_and_printers),   cmocka_unit_test(xml_is_walked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
