/* What racks, rooms and those who watch them say of themselves. */
#include "dissect_test.h"

#include "dissect_fixture.h"

extern const struct dissector dissector_apcupsd, dissector_bgp, dissector_checkmk, dissector_ipmi, dissector_pjlink,
	dissector_ptp, dissector_slp;

static void controllers(void **state)
{
	EXPECT_UDP(dissector_ipmi, 623,
		   "service server sender asf-rmcp\n"
		   "ipmi.device server sender vendor=Supermicro;kind=management controller;product=BMC "
		   "firmware;version=1.73;product-id=2411\n",
		   C("\006\000\377\007\000\000\000\000\000\000\000\000\000\007 \030\000\201\004"
		     "\001\000"),
		   S("\006\000\377\007\000\000\000\000\000\000\000\000\000\027\201\034\000 \004"
		     "\001\000 \001\001s\002\277|*\000k\011\000\000\000\000\000"));
	EXPECT_UDP(dissector_ipmi, 623,
		   "service server sender asf-rmcp\n"
		   "ipmi.device server sender vendor=Dell;kind=management controller\n",
		   C("\006\000\377\007\000\000\000\000\000\000\000\000\000\011 \030\000\201\004"
		     "8\216\004\000"),
		   S("\006\000\377\007\000\000\000\000\000\000\000\000\000\020\201\034\000 \004"
		     "8\000\001\226\004\003\242\002\000\000\000"));
	EXPECT_UDP(dissector_ipmi, 623,
		   "service server sender asf-rmcp\n"
		   "ipmi.device server sender vendor=HP;kind=management controller\n",
		   C("\006\000\377\006\000\000\021\276\200\000\000\000"),
		   S("\006\000\377\006\000\000\021\276@\000\000\020\000\000\000\013\000\000\000"
		     "\000\201\000\000\000\000\000\000\000"));
	EXPECT_UDP(dissector_ipmi, 623, "", C("\006\000\000\007\001\002\003"));
}

static void locations(void **state)
{
	EXPECT_UDP(dissector_slp, 427,
		   "service server sender svrloc\n"
		   "slp.device server sender product=VMware ESXi 6.7.0 build-14320388\n",
		   C("\002\006\000\000=\000\000\000\000\000\000\007\000\002en\000\000\000\034se"
		     "rvice:VMwareInfrastructure\000\007DEFAULT\000\000\000\000"),
		   S("\002\007\000\000e\000\000\000\000\000\000\007\000\002en\000\000\000P(prod"
		     "uct=\"VMware ESXi 6.7.0 build-14320388\"),(hardwareUuid=\"4C4C4544-0051-3"
		     "810\")\000"));
	EXPECT_UDP(dissector_slp, 427,
		   "service server sender svrloc\n"
		   "device.name server sender NPI7D4F2A\n"
		   "slp.device server sender vendor=Hewlett-Packard;model=HP LaserJet 4250;kind=printer\n",
		   S("\002\007\000\000|\000\000\000\000\000\000\007\000\002en\000\000\000g(x-hp"
		     "-hn=NPI7D4F2A),(x-hp-p1=MFG:Hewlett-Packard;MDL:HP LaserJet 4250;CLS:PRIN"
		     "TER;),(x-hp-ip=192.0.2.2)\000"));
	/* a directory was asked about another */
	EXPECT_UDP(dissector_slp, 427, "service server sender svrloc\n",
		   C("\002\006\000\000G\000\000\000\000\000\000\007\000\002en\000\000\000&servi"
		     "ce:printer:lpr://192.0.2.77:515/q\000\007DEFAULT\000\000\000\000"),
		   S("\002\007\000\0007\000\000\000\000\000\000\007\000\002en\000\000\000\"(pri"
		     "nter-make-and-model=Example 1)\000"));
	EXPECT(dissector_slp, 427,
	       "slp.device client sender product=Small Footprint CIM Broker 1.4.9\n"
	       "service server sender svrloc\n",
	       C("\002\003\000\000\232\000\000\000\000\000\000\007\000\002en\000\000\377\000"
		 "#service:wbem:https://192.0.2.1:5989\000\000\014service:wbem\000\007DEFAU"
		 "LT\000G(template-type=wbem),(service-hi-name=Small Footprint CIM Broker 1"
		 ".4.9)\000"),
	       S("\002\005\000\000\022\000\000\000\000\000\000\007\000\002en\000\000"));
	EXPECT_UDP(dissector_slp, 427,
		   "service server sender svrloc\n"
		   "slp.device server sender model=Aficio MP;serial=X1\n",
		   S("\002\013\000\000k\000\000\000\000\000\000\007\000\002en\000!service:servi"
		     "ce-agent://192.0.2.2\000\007DEFAULT\000,(printer-model=Aficio MP),(serial"
		     "-number=X1)\000"));
}

static void clocks(void **state)
{
	EXPECT_UDP(
		dissector_ptp, 320,
		"ptp.clock client sender vendor=Meinberg;model=LANTIME M600;serial=0123;hardware=1.0;firmware=7.02\n",
		C("\015\002\000\203\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		  "\000\000\021\"\377\3763DU\000\001\000\001\005\001\000\000\000\000\000\000"
		  "\000\000\000\000\000\000\002\000\000\001\000O\000\001\200\000\012IEEE 802"
		  ".3\000\006\002\000\000\000\000\001\000\001\000\004\300\000\002\007\000\000"
		  "\000\000\032Meinberg;LANTIME M600;0123\0111.0;7.02;\000\000\000\000\000\000"
		  "\000"));
	EXPECT_UDP(dissector_ptp, 320, "ptp.clock client sender kind=clock;role=grandmaster;clock=001122fffe334455\n",
		   C("\013\002\000@\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		     "\000\000\021\"\377\3763DU\000\001\000\001\005\001\000\000\000\000\000\000"
		     "\000\000\000\000\000%\000\200\006!\000\000\200\000\021\"\377\3763DU\000\000"
		     " "));
}

static void speakers(void **state)
{
	EXPECT(dissector_bgp, 179,
	       "device.name client sender edge-1.example.net\n"
	       "bgp.client client sender product=FRRouting;version=8.4.2\n"
	       "service server sender bgp\n"
	       "bgp.server server sender product=BIRD;version=2.13.1\n"
	       "done\n",
	       C("\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\000P\001"
		 "\004\375\351\000\264\012\000\000\0013\002\006\001\004\000\001\000\001\002"
		 "\025I\023\006edge-1\013example.net\002\022K\020\017FRRouting/8.4.2"),
	       S("\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\0001\001"
		 "\004\375\351\000\264\012\000\000\001\024\002\002\002\000\002\016K\014\013"
		 "BIRD 2.13.1"));
	EXPECT(dissector_bgp, 179,
	       "service server sender bgp\n"
	       "done\n",
	       C("\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\000%\001"
		 "\004\375\351\000\264\012\000\000\001\010\002\006\001\004\000\001\000\001"),
	       S("\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\000\025\003"
		 "\006\005"));
	/* the middle of a session, of one side only: by its port */
	EXPECT(dissector_bgp, 179, "service server sender bgp\n",
	       S("\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\000\023\004"),
	       S("\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\000\027\002\0\0\0\0"));
	EXPECT(dissector_bgp, 180, "not\n",
	       S("\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\000\027\002\0\0\0\0"));
}

static void agents(void **state)
{
	EXPECT(dissector_checkmk, 6556,
	       "service server sender checkmk-agent\n"
	       "device.name server sender web-1\n"
	       "checkmk.agent server sender product=Checkmk agent;vendor=Checkmk;version=2.3.0p11;system=linux\n"
	       "os.name server sender Debian GNU/Linux 12\n"
	       "done\n",
	       S("<<<check_mk>>>\012Version: 2.3.0p11\012AgentOS: linux\012Hostname: web-1\012"
		 "AgentDirectory: /etc/check_mk\012OSType: linux\012OSName: Debian GNU/Linu"
		 "x\012OSVersion: 12\012OSPlatform: debian\012<<<cmk_agent_ctl_status:sep(0"
		 ")>>>\012{\"version\":\"2.3.0p11\"}\012"));
	EXPECT(dissector_checkmk, 6556,
	       "service server sender checkmk-agent\n"
	       "device.name server sender FILE-1\n"
	       "checkmk.agent server sender product=Checkmk agent;vendor=Checkmk;version=2.1.0p20;system=windows\n"
	       "os.name server sender Microsoft Windows Server 2019 Standard\n"
	       "done\n",
	       S("<<<check_mk>>>\015\012Version: 2.1.0p20\015\012BuildDate: Jan 1 2023\015\012"
		 "AgentOS: windows\015\012Hostname: FILE-1\015\012Architecture: 64bit\015\012"
		 "OSName: Microsoft Windows Server 2019 Standard\015\012OSVersion: 10.0.177"
		 "63\015\012<<<uptime>>>\015\0121\015\012"));
	EXPECT(dissector_apcupsd, 3551,
	       "service server sender apcupsd\n"
	       "device.name server sender rack-1\n"
	       "apcupsd.server server sender product=apcupsd;vendor=apcupsd;version=3.14.14\n"
	       "done\n",
	       C("\000\006status"),
	       S("\000\030APC      : 001,036,0867\012\000\037DATE     : 2024-01-01 00:00:00"
		 "\012\000\022HOSTNAME : rack-1\012\000(VERSION  : 3.14.14 (31 May 2016) de"
		 "bian\012\000\017UPSNAME  : ups\012\000\000"));
}

static void rooms(void **state)
{
	EXPECT(dissector_pjlink, 4352,
	       "service server sender pjlink\n"
	       "pjlink.device server sender vendor=EPSON;model=EB-2250U;kind=projector\n"
	       "pjlink.device server sender vendor=EPSON;model=EB-2250U;serial=X4BC1;kind=projector\n",
	       S("PJLINK 0\015"), C("%1INF1 \077\015%1INF2 \077\015"), S("%1INF1=EPSON\015%1INF2=EB-2250U\015"),
	       C("%2SNUM \077\015"), S("%2SNUM=X4BC1\015%2SVER=ERR1\015"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(controllers), cmocka_unit_test(locations), cmocka_unit_test(clocks),
		cmocka_unit_test(speakers),    cmocka_unit_test(agents),    cmocka_unit_test(rooms),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
