# html, xml in its kinds, entities refused
import html, html.parser, xml.dom.minidom, xml.etree.ElementTree as ET, xml.sax
print(html.escape("<a & 'b'>"), html.unescape("&eacute;&#x41;"))
class P(html.parser.HTMLParser):
    def handle_starttag(self, tag, attrs):
        print(tag, attrs, self.getpos())
P().feed("<p class=x>\n<br/></p>")
root = ET.fromstring("<r a='1'><b>t</b><c/>&#233;</r>"); ET.indent(root); print(ET.tostring(root, "unicode"), root.find("b").text)
print(xml.dom.minidom.parseString("<a><b/></a>").toprettyxml(" "))
for text in "<a><b></a>", "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>", "":
    try:
        print(ET.fromstring(text).text)
    except ET.ParseError as error:
        print(error, error.position)
class H(xml.sax.ContentHandler):
    def startElement(self, name, attrs):
        print("sax", name, dict(attrs))
xml.sax.parseString(b"<a x='1'/>", H())
ET.ElementTree(root).write("f.xml", encoding="utf-8", xml_declaration=True); print(open("f.xml").read())
