"""Tables that git 2.55 wrote, so that the quick suite reads reftables even where git does not know them.

`one-*` are three tables, with branches (one of them long), an annotated tag, a lightweight tag that the second table
deletes, a symbolic ref, and logs. `many-*` is one table of 92 refs in blocks of 256 bytes, with a two-level index.
"""

from __future__ import annotations

import base64
import zlib
from pathlib import Path

FIRST = {
    "sha1": "04058a93c406d5e6f126fd8f1e35482d259f812e",
    "sha256": "662a7f0610ae31309bde579ad11c9c78f3ff87bcf2fa00c96f9eae4d058d7d7b",
}
SECOND = {
    "sha1": "870e15fed5348dfcee08843b9645ecd00445d36a",
    "sha256": "6b0231355300c15e566707b0f4f351e503cdcae3c754fa2594a71899938e4b98",
}
TAG = {
    "sha1": "379b907b273600483c840427deaa65826961a93f",
    "sha256": "1094f99a0cc0a2f9f6e337a2260a25713e4f8bcef174b71d89f6567209642b7b",
}
LONG = "refs/heads/feature/TEAM-1234-a-new-trainer-for-images"


def refs_of(name: str) -> dict[str, str]:
    """Return every ref below `refs/` of one of the repositories, as git prints them."""
    kind, _, object_format = name.partition("-")
    first, second = FIRST[object_format], SECOND[object_format]
    if kind == "one":
        return {
            LONG: first,
            "refs/heads/main": second,
            "refs/remotes/origin/HEAD": second,
            "refs/remotes/origin/main": second,
            "refs/tags/v1": TAG[object_format],
        }
    names = [f"refs/heads/group-{number % 3}/name-{number}" for number in range(90)]
    return dict.fromkeys(sorted([*names, "refs/heads/main"]), first)


def tables_of(name: str) -> dict[str, bytes]:
    """Return the tables of one of the repositories by file name, the oldest first."""
    return {
        file: zlib.decompress(base64.b85decode("".join(text.split()))) for file, text in TABLES[name].items()
    }


def put_tables(folder: Path, tables: dict[str, bytes]) -> None:
    """Write a stack of tables."""
    folder.mkdir(parents=True, exist_ok=True)
    for file, data in tables.items():
        (folder / file).write_bytes(data)
    (folder / "tables.list").write_text("".join(f"{file}\n" for file in tables))


TABLES = {
    "one-sha1": {
        "0x000000000001-0x000000000007-be602db5.ref": """
c-jkcbqir+5MY1;Mkvi*#K5S)pzPu5=)%BXl$utopOKoFQmmhwn3>1Wq=_VwmYP^nT9m3E;_B$DYiML_qMN9jms+k{QUp|*TBMtnU!<Fvo0y
(j%*?{tHTekJ)n^~o{`Sk6dg!XoZ`9*f1R2TH&L{fss!8vkcN{I&(_G(NU~#>i#o8cUl$x7gl3J{vUzC}inWqnO4x0qnax@u`A*`MyiRs1q>
G^r7tk|sL5-KxfF`qr5THTDn!={Br{obn7rp&~Z_Sh6NFvu`47&9=XGcaja+)6(2rJ%GV@drO+eMH1=HTlHdzuqjqb-&Ism_PRF&)%xHHH-e
QoAu>i<?)M2wr9VdWfi-AI<lv4Pbc3>(axQ$mMg1%y1vx?fA4=$Lc#;DbLY>V)!7(i@aWOQKc^d56E-unCn^aX7BMmUY~*buTx_ydglDJ3EU
xaL%UxfMgM@>-zFrOz_V(%y`sy4bTU*N8+v8gzT>3fabg6fjkn!iB?vl%&x=W0Ug)awpC))k-UAXwoq%NV)lZ@Ah%;|0@TfR(ViRjbkS`srP
W<;q(NvY44n6Y%mvRO+drDiT&8nHxjnbhoA5fV!!W=1WGl#p6lRLC4Vd8T{w1F_|S1;!f;3~~|^m>7&x4l4)YNG%L_0Wc*&!Lht@Apm#=;aU
        """,
        "0x000000000008-0x000000000008-3cf46e9f.ref": """
c-jkcbqir+5MY1;4j5g;z+l8sP?VZhtY4CtUaX&<pO*?0mtkNG!l8qKND!O9QwsnVi3;l
        """,
        "0x000000000009-0x000000000009-5cd0f35c.ref": """
c-jkcbqir+5MY1;P8eOpz!1pL;8>KJR;*u?nwwveTCAU6l$oBHr=Odcna9x1C;IQIN$;O`94*$<T;E(^alM?yz#zlGn9jhES8*#j<B5)!ul6
;4ud`?MJ$0|0*FWWR{><g`zGu!P|KMl5FR`Ja%<f`+xNp_}J&!Xs&U^Oj8B_P`r#f!#_gvbqbRD_VG$&;5pG9A$)xWQ|G%zqIGBns=V8Fy6^
-JYX5Dq6Z;0J*)Mm%TmS^%DzONa
        """,
    },
    "one-sha256": {
        "0x000000000001-0x000000000007-cf73f256.ref": """
c-jkcbqir)5MY1;Mkvi*Y-DOy#K4%qpzPu5=)%BXl$utopOKoFQmmhwn3>1Wq=_VwmYP^nT9m3E;_B$DYiML_qMN9jms+k{QUp|*TBMtnU!<
Fvo0y(j%$%lG&nB?W&|vnx@L3mS=2U$C-@fP5FNTx(^Va#Y_SRN&D}sz?%4RY&4Q4nP7naVx;mha1r_5(hJw6`tOLfX}iJ6o8yl1dBNEfB%=
9i=v>*p6`rf25qgPh4G0d^Fc49GxM&yvLSV*T{|yi`^~PT&$MGh`8%@^co?fki*RJvLvY#-&<l=ihzqW65^e&TnBwoGIGXgbZO|P+(v%XJAT
aVA@@AEBVBig3^-2AN-8<m$tmR$#P9n>dZcIyVr}(%;`G+|MvHqUq=g!>hD>_U%PkfRgRkT<%G88!o-(vr1#bE)tsvNcIEM7#r+}6b*9g-+<
Cs5ZLxCxBIhjEq&!EzRdIEJRj2oV-!CH}v18Kb;$ma(H6lGbDlGmR2{5$CG#(Zb>`>*Bnprthb!MmKtT3*&7#`nN*Oi$^e@U+F)I9ntb7iOM
QrDHg6xa3b+tucFOl?=^uF929cd5E|&a7PNx-0Xi>#mtQJ72Cmx<TNluk!IWRZ-Pvs_7A$7UGO|r_5S3A#BS0)d^{7Q!?hIC8T9cn30u}k&`
fU%A~BUyqPnSGG^q=%*mUWHfLH|;=Czy(xyzyNSKh5IW2AGtQlF8k`l5eCe2HlcjPE<No|^(?Bd`#=PsT+aOl8?mPSqnamPPgL3q+916}}3y
HL=Vzj7}C|0F2y
        """,
        "0x000000000008-0x000000000008-4fcc355b.ref": """
c-jkcbqir)5MY1;4j5f*WNKE#z+lEuP?VZhtY4CtUaX&<pO*@hQ(#~W!lR3UNO1W2Ph9}yVh$z
        """,
        "0x000000000009-0x000000000009-dc0452bc.ref": """
c-jkcbqir)5MY1;P8eNmWNKE#z>vt$;8>KJR;*u?nwwveTCAU6l$oBHr=Odcna7aLWM~@9a4;?`oqfZX&w)>w&z^dGJmi<^l;sjLC--^JU|>
*SU`%IVXsfuDobg1*%UAoFzSr5a`kuPi&g-A@Ie+HzdEYZ<l7H|s-k0EL$We2?oY2->nE3LI^u8Ltno~93t~`FMxIbjM&h#0UJI`0MEmqE7<
ecT2l;`NTDy}ZD>h%8a`(-2~Bz8(jL`X<5zO>TH4Z`Cc2K*oq#t3cvavT60l2qm
        """,
    },
    "many-sha1": {
        "0x000000000001-0x00000000005f-849fc1b3.ref": """
c-qC74{Q@v9LL{gDa97I0)Z=_uq%w<7`^s-ZIMJr+(s)bn-fEWL{{0KZpipIf-8#akm(pW2MGJe#(-@g7QujolEn!OMbHgyD~5r85(O0%75_
j1^}XJ`TZy|~8jIYLcJH<Q-1qyv-|xL^GgDG$MS&>5ANZenO9A)`Xss#Jl0nSUoZMwPXO1I#nQoyYzYvtzf@boTE?T}gk<t}97Um>U(Xs(+H
y)SwT>2&ccI88iHF12SdorQc8~S}gGl&tHw}^lYdXWzpMdr=@&I2$S02)LC0DayHVTcyNQX=zW?>C9ePZ9BHj8tHZUL*h+cda@9Pm1|x!poH
qHF~!LGlv&gu>UI|{F}vcwM3>62@yl;X?jk8J|cMvcK>xi|F`?|k53=&budJ#aOp?|Yz&!*gn#4Ru3IKjd6~k?E6D$?5dKYKshaOmpIai6m*
o0q;Ojq9RcN?JdC`Xd<ev_=42_WrjJd0U1^d4p!apOHt0_`_YmQW4maqZ~>i@D3{w<NILuDMgaf}LYYx-Y~d=x=RhS>gZFasi%(YxWJnOP0g
R=h9LYXG4zz6$3}#&Y;*u~fiUan~5uqmP*?(F;@+P>x0RH-dZYwZCH#09p_$8=wU4e*OZ2^8h&i!uk0h{kC{{k>h$y)cYE1)VjH<^`$Ah^E>
>S-Q^QI{NJVAXdd8|`-{sD@Ak?m`sFHTOY+Vp^~|g3nHP_>A8r5gc)JV~7HNNiv>r%vZkqH&T7s|Bnl^KyFJ1SsF0qU0>YQ;pt%ot@z>_>ip
p$HH52rj|*t#E9=VvR}o9mO?RH{j;bztu*?LY|X4h=FOwevI_=o00bXN4fAiuKnddpM4}mF$q_n6e<Jkr#A=@{F<h3goQcjVZ2o$-~mN-phu
Rs{u7bs^U|rwyW0e1da24*1s8p-g1+_N`v+zIg1Dm)KW&Zy<<b5Xx6_LgIY4lZ>4=Pc@U)I6uEOLj}GReaRSy~k2ysL$Q{xgIu~*}`FtQJ9p
*EL^}m8COESqOX^QzdNU7wnRtx2+wE7C7SpOTC^8DN6W=YCH3Z)#wYl){ke?lz}u&zo>amvXGNa;nCVWJcSSrL#@I=H?pR;zNPUWhxRIGJ=`
wXb(vK~7edBTELpag1vSp{ScLXOzyNzI4oibX=>kqGvnEVrhy2rE{(?opXV7TyJ8^oH1mfG{uCB&F)KQ3ztqgraWCt&W99MBpsfD+G+$ZMNW
A}Kq)HL)qo)njwVNjsA3+XpARXQc`2JIPhOzQ3uNrdGTh}a4kb5AgBY}2v}%Oqq7`*{ey)ODxdDS#G?V4h;n2v}1VUIYK7@+gU9NT5*Nidbb
ZLqib?0=AuvkpDqQ$~hjVX^CNVBx5L+C=i%J=wixL6Fdaf^kkMCi>A$RY^37!q`FAChyEFXhtISXwpMk^6)8jOt|4&}v_sP|FjRj5`{_+*!V
s(TcH>ljTmOJV$KYis7xms!ZABaA}SK^~6+-&=XUws3*KzF~xX^B%~=O)Dyjg&=b$tP)~T*U<#E)4wk0qQPg!Bp(pCBs3*Ktn37OSMu+GLo`
Q;S6e0A)6&vaa@9P+HZBksQErN$Is3#U^gq~Qym9mUIQj1GDlO}0t5RK&Q>DxjR0?k#ZV2_kyP+A8$Q92wm>WNc*Tj;64779b&gq_8$in}by
IY^;0oYA+1Rs^<C?`xQ%c`D8aDfOW#`_QFQ2Gm@rIb2>-OkGr3yFY1%_ZJHA``l46@NVupa1&y8b9w{#n>%i7(Gqrp9uNQ6vV_Q>@#tFhBbp
2o9{pSsP1ubL9{yNkCG3n555KQf6Lu4YhnH*TXfmeY(bsh(VK-aw@T)o}VYis^@bmh~>XKM|Ln$D7>x+UApKVQoLIp%mgPgF_0^)4L%scKWq
5m8G`NzLz2o^gVhd>uX9H$#+Ll;6EC%26yGK7<y*p?p@$FU|IG$F*%-n1N=z~7dISlYHf3S|qPygO7uo(}Dp1x*N^4(uEW0~SuVe`gkyCMez
891o=lO7}D`fRPGHceNOU1AzY1fjd_8+YJ6#bIVIXmbSO1D4l^{w)u%|yOaTHrpS-u+>?@@Es4JKmRhCdo`-!}ujm^856@7bF#
        """,
    },
    "many-sha256": {
        "0x000000000001-0x00000000005f-02989e9c.ref": """
c-qxk4Nw$S9Dk5j1`ME0?b~w*D{cJX<96@%jws5?Q&UF3W?-fXIgtaV06PRM5<$nI1R{|#MUf9hzC4gmGY3nXLIWi<Gc(M_(KLq~@M|=+_qg
4+s{_01baU!5vv+&*e((K$|KIQZ@Ai&}8K$>ffeYXd;mLwjM$cIRI0v4aHDmf4z|$IMNexJdGcQUFNHQlTgY4OoSK_THX^Z^=1Cq^2aejfWm
MP00^|EOLOZp-={4{>!(!txgy9cg={VAok(9s3UGAVB@qc{kT(W@9^R2&0<F8~JM3Wh(B#v33zd?Yc9Rs{*2iZKS|s*GV(%oC_$46C9jqj;;
4{+lxTSx&`zK`I>AInQy*Td!4J0R{i{j`EgsnzvBJTB`l$)Oc%frng4N>`00KeKPuuYP?mhk@s}1eLn4d*y6IsNd60a9ku@%XJ&-`|NEcU&p
K-V>mIWG&+FHz@mB9lZ#jqWe>wj-HQpK?C~wv5$2<H#DWl)$JZrsYGkni+tiy`^Z&?2YE^7Q|9&Z2tmC?^Sb8G9I_hFk9!0!L-k@V{yI%`pf
WE|%|=O}Lt&b*N_-jn~wW%L^#EOXr^;G1t32YvR#M<M{9f$Xr6KL2WsfbwG59CX%eSE4h=twLv`E*E&u5<VlcpWs2-JapD^1$dCI5S<M{YtS
H}k?Pi>mzbc>@gT!GJcwBjsK<>Zz|9wn+63-_wd0Ny0Q`WLWr`Qbk^LJY7Z1R}rN?7CFD*`6V!r0-vIkbXP+w8>=)8!-t1q(=<L0lvd^m4lj
@uHCOM_!m=cjqZq~EOg;vM&C?(X64bHN848a<k0Kbj+<c-otxQ;!~+6*_nF(Rl#}0{nXPJ%{FWh5oG9EksklGBow`kA#{{x5|pvxT7iZLERA
=;}6K=TVfFYq#gfkfxFp~Ravy&K0z;_-%}>QU~LO{0^Md)R=Gf+wv%QMz7yl091(9p@Xb8jBgT|fA;8nD@PhL49L7H*ERXO+f7Kp(va<fRMF
{^7uRk<D#?nFbcNfzOl?iC$&;%(w0lyei2hqQ^nVzJK*JA<=f`JH63Q(3yYgFLl5kA0<cSQy0AO)znO8Y3|SsZ{v{Q3oEQ%I$N-<U;@Re_I1
_<4eUgeUsTN@-ddZ@>XA6aySW^p{v^Ph|t!F@I0qKtB}VkTSu*eP7aZ6$!Kk;s9S21KdXnu)#vRBYcl+fLpPD8AI?<8l%SqlV)#z$LkX-Ar(
bYE}bjKPn4l>gx|ziL%ZlfAF08o-@+>@@Yn-`=s_RJK+!39OBv5#4}K9nh$bZ{XoZ6^9`N`k%s*0SA|7T-bh+R`3q?;=Cct42)`=cOlLF+|z
>6|XgvVp}(_#~eCi)}8VXgA=THHj=icO@H=>ND3o>kVr17{#!Xd(qMmQtd>p`M<gOhAvD$TqQwloI{9#qhK;p2Y-S5SvITDZq*Z_^S#$ZX!S
MP2`lxhv;AB4}VvN8?gT~#r*n^9+0&F_Nc(){N{@J^&#?CEQiMw@vVV4zmJLe^&#??&4=9x-z$%A#QbmYdw5iVuSG-e?dqF3vDv<fpU52_D?
_4}--I}XnPP_fNf9!t;XauR^LVV`Yca$9qz12r!)40LGdRP+Vut%k4N^D5T{0Qw@l7~FzX^L7WjL9<5w1T22b2kLIKyv?8BQkpt!rVsGG2=b
l!zHlCIv`}hxID(IKvt~!zcvFqyQ;7(58&n;}HBUhS)|nL1HwlRDs7Kepd{!jp$Fxf_2Jx76+hC46%*qPl$kJ$_6%L{!@7ayHOLikvGD^^YD
Z+0Rs;3k79uRNde+baFb$yTk-mH!~pvf{n~RdQgQj#KpfyaF~I&rf9%V!7~#9*@r^h?ZbSH;Z0b06Fs91Ctf<C5g=UY&GZEjt=Xj0yQzW=;K
dzViQBhjGaCxo#eJYC43YS+Zv@pydTwSWLQc)~{4pcHQj1#UdRwAU15ia|;Af!>ay08Ty^*Z75{8ok%k$-Kq!Z232I#Y#a4HB+SS0SK*(ED>
6Lq!=0y+5{DCG`5LS@A{*>Ayale&Nnc0G+5#l`MX|hLbFQtR@{5gDifumP7Ih@<?sEWbxiQ1Cmc_(^Horsm;N9gw&JTbk(OzYI9&aLUN=wo!
c`gaoX=~1_{0IZ0QnudmGTKMndnKhIGk&qTPRL#BcA2jE+W5B4c-BCX!5K?Aj45k+E~fho}HVMqAU15*aN`2&p47nwo>DFv6{|Ia4CT))Fj{
QQv}q92r{M8jKt#^r~AkCG@J=UP6)yy)A7YN$6Fy2jAiUB#`~;-9OIrL(AGT@5?>4^A4nc@o@f=U+>7S*%{)U?InDvEv9J~ep&dgN38Mg5Vw
RoD%lY-RLKaL|CX>n^|C*>`rh>q2i|`6N8gU8LedNW11a)etp
        """,
    },
}
