"""Articles made up from patterns, as agencies write them: datelines, markets, courts, sport, credits.

The patterns and lists were written for this project. They teach what the other texts lack: headlines, "(Reporting by ...)",
clubs named like their towns, companies without "Inc". A slot is a letter and a number; the same slot is the same name.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.entities.labelled import Labelled, Name

#: Slot -> (kind, list). P is a person by full name, p by the last one; others are taken as they are.
KINDS = {
    "P": "person", "p": "person", "S": "other", "k": "org", "b": "org", "C": "place", "N": "place", "R": "place", "V": "place", "D": "other", "L": "other",
    "O": "org", "o": "org", "G": "org", "K": "org", "B": "org", "M": "org", "X": "org", "A": "org", "U": "org", "W": "other",
}  # fmt: skip

COMPANIES = """Apple Inc|Microsoft Corp|Alphabet Inc|Amazon.com Inc|Facebook Inc|Tesla Inc|Pfizer Inc|Moderna Inc|BioNTech SE|AstraZeneca Plc|Johnson & Johnson|Merck & Co|
Novartis AG|Roche Holding AG|Sanofi SA|GlaxoSmithKline Plc|Bayer AG|Boeing Co|Airbus SE|Lufthansa|Ryanair Holdings Plc|Air France-KLM|Qantas Airways Ltd|Cathay Pacific|Singapore Airlines|
Delta Air Lines Inc|United Airlines|American Airlines Group Inc|JetBlue Airways Corp|General Motors Co|Ford Motor Co|Toyota Motor Corp|Honda Motor Co|Nissan Motor Co|Volkswagen AG|Daimler AG|BMW AG|Renault SA|
Fiat Chrysler|Hyundai Motor Co|Kia Motors|Exxon Mobil Corp|Chevron Corp|BP Plc|Royal Dutch Shell Plc|Total SE|Eni SpA|Equinor ASA|Rosneft|Gazprom|Lukoil|Saudi Aramco|Petrobras|Pemex|PetroChina|Sinopec|CNOOC Ltd|
Reliance Industries Ltd|Tata Motors Ltd|Infosys Ltd|Wipro|Adani Ports|Samsung Electronics Co Ltd|LG Chem Ltd|SK Hynix Inc|Sony Corp|SoftBank Group Corp|Nintendo Co Ltd|Panasonic Corp|Toshiba Corp|Hitachi Ltd|
Huawei Technologies Co|ZTE Corp|Tencent Holdings Ltd|Alibaba Group Holding Ltd|Ant Group|Baidu Inc|JD.com Inc|ByteDance|Xiaomi Corp|Meituan|Foxconn|TSMC|Intel Corp|Nvidia Corp|Advanced Micro Devices Inc|Qualcomm Inc|
Broadcom Inc|Micron Technology Inc|IBM|Oracle Corp|Cisco Systems Inc|Salesforce.com Inc|Zoom Video Communications Inc|Twitter Inc|Snap Inc|Pinterest Inc|Uber Technologies Inc|Lyft Inc|Airbnb Inc|DoorDash Inc|
Netflix Inc|Walt Disney Co|Comcast Corp|AT&T Inc|Verizon Communications Inc|T-Mobile US Inc|Vodafone Group Plc|BT Group Plc|Deutsche Telekom AG|Telefonica SA|Orange SA|Telecom Italia SpA|Nokia Oyj|Ericsson|
Walmart Inc|Target Corp|Costco Wholesale Corp|Kroger Co|Home Depot Inc|Best Buy Co|Macy's Inc|Gap Inc|Nike Inc|Adidas AG|Puma SE|H&M|Inditex SA|Zalando SE|LVMH|Kering SA|Hermes International|Burberry Group Plc|
L'Oreal SA|Unilever Plc|Nestle SA|Danone SA|Procter & Gamble Co|Coca-Cola Co|PepsiCo Inc|Anheuser-Busch InBev|Heineken NV|Diageo Plc|Starbucks Corp|McDonald's Corp|Tesco Plc|J Sainsbury Plc|Marks and Spencer|
Debenhams|Arcadia Group|Carrefour SA|Casino Guichard|Ahold Delhaize|BHP Group|Rio Tinto Plc|Vale SA|Glencore Plc|Anglo American Plc|Fortescue Metals Group Ltd|Newcrest Mining Ltd|Barrick Gold Corp|ArcelorMittal SA|
Thyssenkrupp AG|Siemens AG|ABB Ltd|General Electric Co|Honeywell International Inc|Caterpillar Inc|Deere & Co|3M Co|Lockheed Martin Corp|Raytheon Technologies Corp|BAE Systems Plc|Rolls-Royce Holdings Plc|
Safran SA|Leonardo SpA|Rheinmetall AG|FedEx Corp|United Parcel Service Inc|Maersk|Hapag-Lloyd AG|Deutsche Post DHL|Carnival Corp|Royal Caribbean Group|Marriott International Inc|Hilton Worldwide Holdings|Accor SA|
Wirecard AG|Luckin Coffee Inc|Evergrande|Country Garden|Woolworths Group Ltd|Coles Group Ltd|Telstra Corp Ltd|CSL Ltd|Wesfarmers|Crown Resorts Ltd|Woodside Petroleum Ltd|Santos Ltd|Glovo|Deliveroo|Just Eat Takeaway.com NV|
Spotify Technology SA|Shopify Inc|Nikola Corp|NIO Inc|Rivian|SpaceX|Blue Origin|Virgin Galactic Holdings Inc|Naspers|MTN Group Ltd|Safaricom|Dangote Cement|Eskom|Sasol Ltd|Turkish Airlines|Turkcell|Sberbank|VTB|
Aeroflot|Norilsk Nickel|Rusal|Novatek|Transneft|Kaspersky|FireEye Inc|SolarWinds Corp|Palantir Technologies Inc|Slack Technologies Inc|Take-Two Interactive Software Inc|CD Projekt SA|Ubisoft|Activision Blizzard Inc|
Warner Bros|Universal Pictures|Paramount|HBO|Sinovac Biotech Ltd|Sinopharm|CanSino Biologics Inc|Novavax Inc|Gilead Sciences Inc|Regeneron Pharmaceuticals Inc|Eli Lilly and Co|AbbVie Inc|Bristol Myers Squibb Co|Amgen Inc|
CureVac NV|Serum Institute of India|Bharat Biotech|Takeda Pharmaceutical Co|Eisai Co|Biogen Inc|Teva Pharmaceutical Industries|Medtronic Plc|Philips NV|Siemens Energy AG|Vestas Wind Systems|Orsted|Iberdrola SA|Enel SpA|
EDF|Engie SA|Veolia Environnement SA|Suez SA|RWE AG|E.ON SE|National Grid Plc|Tullow Oil|Repsol SA|Galp Energia|OMV AG|PKN Orlen|MOL|KGHM|Wizz Air|easyJet|IAG|TUI AG|Norwegian Air Shuttle|Finnair|SAS"""

BANKS = """JPMorgan Chase & Co|Goldman Sachs|Morgan Stanley|Citigroup|Bank of America|Wells Fargo & Co|Barclays|HSBC|Lloyds Banking Group|NatWest|Standard Chartered|Deutsche Bank|Commerzbank|UBS|Credit Suisse|
BNP Paribas|Societe Generale|Credit Agricole|Natixis|UniCredit|Intesa Sanpaolo|Mediobanca|Monte dei Paschi|Santander|BBVA|CaixaBank|Bankia|ING|ABN AMRO|Rabobank|KBC|Nordea|SEB|Danske Bank|Swedbank|DNB|
Nomura|Mizuho|MUFG|Daiwa Securities|China Construction Bank|ICBC|Bank of China|DBS|OCBC|United Overseas Bank|Commonwealth Bank of Australia|Westpac|ANZ|National Australia Bank|Macquarie|Royal Bank of Canada|TD Securities|
BMO Capital Markets|Scotiabank|Jefferies|Cowen|Evercore ISI|Stifel|Raymond James|Wedbush Securities|BlackRock|Vanguard|Fidelity|State Street|Pimco|Amundi|Schroders|Allianz|AXA|Munich Re|Swiss Re|Zurich Insurance|Generali|
Berkshire Hathaway|KKR|Blackstone|Carlyle|Apollo Global Management|CVC Capital Partners|EQT|Bridgewater Associates|Elliott Management|Oanda|IG Markets|CMC Markets|ThinkMarkets|AvaTrade|Capital Economics|Oxford Economics|IHS Markit|
Moody's|Fitch Ratings|S&P Global Ratings|Refinitiv|Rystad Energy|Wood Mackenzie|Commonwealth Foreign Exchange|MarketAxess|Saxo Bank|Pictet|Lombard Odier|Julius Baer|Rothschild & Co|Lazard|Itau Unibanco|Bradesco|Nubank|XP Inc|Sberbank CIB|Renaissance Capital"""

AGENCIES = """World Health Organization|WHO|European Commission|European Central Bank|ECB|European Union|EU|European Parliament|European Council|European Medicines Agency|EMA|United Nations|UN|U.N.|U.N. Security Council|UNICEF|
UNHCR|World Food Programme|International Monetary Fund|IMF|World Bank|OECD|OPEC|OPEC+|NATO|African Union|ASEAN|G7|G20|World Trade Organization|WTO|International Atomic Energy Agency|IAEA|International Energy Agency|IEA|
International Criminal Court|ICC|Interpol|Europol|Red Cross|Amnesty International|Human Rights Watch|Greenpeace|Oxfam|Save the Children|Doctors Without Borders|Federal Reserve|Fed|Bank of England|BoE|Bank of Japan|BOJ|
People's Bank of China|Reserve Bank of Australia|Reserve Bank of India|Swiss National Bank|Bundesbank|Riksbank|Bank of Canada|Food and Drug Administration|FDA|Centers for Disease Control and Prevention|CDC|
National Institutes of Health|Robert Koch Institute|Public Health England|National Health Service|NHS|Securities and Exchange Commission|SEC|Federal Trade Commission|FTC|Federal Communications Commission|FCC|
Federal Aviation Administration|FAA|Environmental Protection Agency|EPA|Justice Department|State Department|Treasury Department|Treasury|Commerce Department|Labor Department|Pentagon|Defense Department|Homeland Security|
Department of Energy|Central Intelligence Agency|CIA|FBI|National Security Agency|NSA|Secret Service|Supreme Court|Congress|Senate|House of Representatives|House of Commons|House of Lords|Parliament|Knesset|Bundestag|Duma|
Democratic Party|Republican Party|Conservative Party|Labour Party|Labour|Liberal Democrats|Scottish National Party|SNP|Sinn Fein|Likud|Blue and White|Hamas|Hezbollah|Taliban|Islamic State|al-Qaeda|Boko Haram|al Shabaab|
Houthi movement|Palestinian Authority|Palestine Liberation Organization|Tigray People's Liberation Front|TPLF|Foreign Ministry|Defence Ministry|Health Ministry|Finance Ministry|Interior Ministry|Ministry of Health|
Ministry of Commerce|Ministry of Foreign Affairs|Ministry of Defence|National Security Council|Financial Conduct Authority|FCA|Prudential Regulation Authority|BaFin|Office for National Statistics|Statistics Canada|Eurostat|
Bureau of Labor Statistics|Census Bureau|Energy Information Administration|EIA|National Hurricane Center|Met Office|NASA|European Space Agency|ESA|Roscosmos|Japan Aerospace Exploration Agency|JAXA|CERN|
University of Oxford|Oxford University|Johns Hopkins University|Harvard University|Stanford University|Imperial College London|University of Michigan|University of Washington|Yale University|Massachusetts Institute of Technology|
Communist Party|Workers' Party|Justice and Development Party|AK Party|Bharatiya Janata Party|BJP|Indian National Congress|African National Congress|ANC|Christian Democratic Union|CDU|CSU|SPD|Greens|Alternative for Germany|AfD|
National Rally|La Republique en Marche|Five Star Movement|League|Forza Italia|Podemos|Vox|Law and Justice|Fidesz|Syriza|Federal Security Service|FSB|GRU|Coast Guard|Royal Navy|U.S. Navy|U.S. Air Force|Border Force|
Revolutionary Guards|People's Liberation Army|Hong Kong Monetary Authority|Securities and Exchange Board of India|China Securities Regulatory Commission|Indian Medical Association|Civil Aviation Administration of China"""

CLUBS = """Manchester United|Manchester City|Liverpool|Chelsea|Arsenal|Tottenham Hotspur|Tottenham|Everton|Leicester City|Leicester|West Ham United|West Ham|Aston Villa|Newcastle United|Newcastle|Wolverhampton Wanderers|Wolves|Southampton|
Crystal Palace|Brighton & Hove Albion|Brighton|Burnley|Fulham|Leeds United|Leeds|Sheffield United|West Bromwich Albion|West Brom|Norwich City|Watford|Bournemouth|Swansea City|Cardiff City|Derby County|Millwall|Stoke City|
Nottingham Forest|Reading|Middlesbrough|Celtic|Rangers|Aberdeen|Hibernian|Real Madrid|Barcelona|Atletico Madrid|Sevilla|Valencia|Villarreal|Real Sociedad|Athletic Bilbao|Real Betis|Getafe|Celta Vigo|Levante|Cadiz|Granada|
Bayern Munich|Bayern|Borussia Dortmund|Dortmund|RB Leipzig|Bayer Leverkusen|Leverkusen|Borussia Moenchengladbach|Schalke 04|Schalke|VfL Wolfsburg|Hertha Berlin|Union Berlin|Eintracht Frankfurt|Werder Bremen|Mainz 05|Cologne|
Juventus|Inter Milan|Inter|AC Milan|Milan|Napoli|AS Roma|Roma|Lazio|Atalanta|Sassuolo|Fiorentina|Torino|Genoa|Sampdoria|Bologna|Parma|Cagliari|Udinese|Benevento|Paris St Germain|PSG|Olympique Marseille|Marseille|Olympique Lyonnais|Lyon|
Lille|Monaco|Rennes|Nice|Montpellier|St Etienne|Girondins Bordeaux|Ajax Amsterdam|Ajax|PSV Eindhoven|Feyenoord|Porto|Benfica|Sporting|Braga|Club Brugge|Anderlecht|Genk|Galatasaray|Fenerbahce|Besiktas|Istanbul Basaksehir|
Olympiakos|Dynamo Kyiv|Shakhtar Donetsk|Zenit St Petersburg|Spartak Moscow|CSKA Moscow|Lokomotiv Moscow|Krasnodar|Red Star Belgrade|Dinamo Zagreb|Ferencvaros|Salzburg|Rapid Vienna|Young Boys|Basel|Midtjylland|FC Copenhagen|Molde|
Boca Juniors|River Plate|Flamengo|Palmeiras|Santos|Corinthians|Sao Paulo|Gremio|Internacional|Racing Club|Penarol|Nacional|Al Ahly|Zamalek|Kaizer Chiefs|Orlando Pirates|Wydad Casablanca|Raja Casablanca|Al Hilal|Al Nassr|Persepolis|
Ulsan Hyundai|Jeonbuk Motors|Vissel Kobe|Melbourne Victory|Sydney FC|Beijing Guoan|Shanghai SIPG|Guangzhou Evergrande|Los Angeles Lakers|Lakers|Los Angeles Clippers|Golden State Warriors|Warriors|Boston Celtics|Celtics|
Miami Heat|Milwaukee Bucks|Brooklyn Nets|Toronto Raptors|Houston Rockets|Dallas Mavericks|Denver Nuggets|Philadelphia 76ers|Phoenix Suns|Utah Jazz|Chicago Bulls|New York Knicks|New York Yankees|Yankees|Boston Red Sox|
Los Angeles Dodgers|Dodgers|Tampa Bay Rays|Houston Astros|Atlanta Braves|Chicago Cubs|Cleveland Indians|Kansas City Chiefs|Chiefs|New England Patriots|Patriots|Green Bay Packers|Packers|Dallas Cowboys|Pittsburgh Steelers|Steelers|
Baltimore Ravens|Ravens|San Francisco 49ers|49ers|Seattle Seahawks|New Orleans Saints|Tampa Bay Buccaneers|Buffalo Bills|Tennessee Titans|Cleveland Browns|Washington Football Team|New York Giants|New York Jets|Denver Broncos|
Toronto Maple Leafs|Montreal Canadiens|Tampa Bay Lightning|Vegas Golden Knights|Mercedes|Red Bull|Ferrari|McLaren|Williams|AlphaTauri|Racing Point|Haas|Alfa Romeo|Saracens|Exeter Chiefs|Leicester Tigers|Wasps|Bath|Bristol Bears|
Leinster|Munster|Ulster|Toulouse|Racing 92|Clermont Auvergne|Crusaders|Hurricanes|Brumbies|Queensland Reds|Mumbai Indians|Chennai Super Kings|Delhi Capitals|Royal Challengers Bangalore|Kolkata Knight Riders"""

MEDIA = """Reuters|CNN|CNBC|Fox News|Sky News|Sky Sports|BBC|BBC Radio|ITV|NBC News|CBS|ABC News|MSNBC|Bloomberg News|Bloomberg|Wall Street Journal|New York Times|Washington Post|Financial Times|Guardian|Times|Daily Telegraph|Daily Mail|Sun|
Der Spiegel|Bild|Handelsblatt|Sueddeutsche Zeitung|Frankfurter Allgemeine Zeitung|ZDF|ARD|Le Monde|Le Figaro|Les Echos|BFM TV|France Inter|La Repubblica|Corriere della Sera|Il Sole 24 Ore|RAI|El Pais|El Mundo|Cadena Ser|
Xinhua|Global Times|People's Daily|CCTV|South China Morning Post|Nikkei|Kyodo|NHK|Yonhap|KCNA|Anadolu|TASS|RIA|Interfax|RBC|Kommersant|IRNA|Fars|Press TV|Al Jazeera|Al Arabiya|SANA|Haaretz|Globo|Folha de S.Paulo|Axios|Politico|
ESPN|Marca|L'Equipe|Gazzetta dello Sport|Australian Broadcasting Corp|Radio New Zealand|Times of India|NDTV|ANI|Dawn|Geo TV|Twitter|Facebook|Instagram|YouTube|TikTok|WhatsApp|Telegram|WeChat|Weibo|Google|Reddit|Zoom"""

SPORT_BODIES = """FIFA|UEFA|Premier League|Football Association|FA|IOC|International Olympic Committee|World Anti-Doping Agency|WADA|World Athletics|FIA|ATP|WTA|ITF|Tennis Australia|Cricket Australia|England and Wales Cricket Board|ECB|BCCI|
International Cricket Council|ICC|World Rugby|Rugby Football Union|RFU|NBA|NFL|MLB|NHL|PGA Tour|European Tour|USGA|CONMEBOL|CAF|AFC|CONCACAF|LaLiga|Bundesliga|French Football Federation|Italian Football Federation|Court of Arbitration for Sport"""

LEAGUES = """Premier League|Champions League|Europa League|La Liga|Serie A|Bundesliga|Ligue 1|FA Cup|World Cup|Davis Cup|Olympic Games|Tokyo Olympics|Grand Prix|Sakhir Grand Prix|Australian Open|French Open|Wimbledon|U.S. Open|Masters|Ryder Cup|
Six Nations|Nations Cup|Autumn Nations Cup|Tri-Nations|Ashes|Copa America|Copa Libertadores|Super Bowl|Stanley Cup|World Series|Tour de France|Giro d'Italia|Formula One|Euro 2020|Nations League|Championship|Ballon d'Or"""

WORKS = """Brexit|COVID-19|Thanksgiving|Christmas|Black Friday|Nobel Peace Prize|Oscar|Emmy|Paris Agreement|Paris Accord|Northern Ireland Protocol|Good Friday Agreement|Affordable Care Act|Internal Market Bill|S&P 500|Nasdaq|Dow Jones Industrial Average|
FTSE 100|DAX|CAC 40|STOXX 600|Nikkei 225|Hang Seng|Brent|West Texas Intermediate|Bitcoin|Boeing 737 MAX|737 MAX|iPhone|PlayStation 5|Xbox|Model 3|Sputnik V|Chang'e-5|Hayabusa2|Falcon 9|Crew Dragon|World War Two|Cold War|Great Depression"""

DEMONYMS = """American|British|French|German|Italian|Spanish|Russian|Chinese|Japanese|Indian|Iranian|Israeli|Palestinian|Turkish|Greek|Saudi|Egyptian|Ethiopian|Nigerian|South African|Brazilian|Mexican|Canadian|Australian|Dutch|Swedish|Polish|Hungarian|
Ukrainian|Syrian|Iraqi|Afghan|Pakistani|South Korean|North Korean|Vietnamese|Thai|Indonesian|Filipino|Malaysian|Armenian|Azeri|Portuguese|Swiss|Austrian|Belgian|Irish|Scottish|Welsh|Venezuelan|Argentine|Chilean|Colombian|Cuban|European|Asian|African|
Democrat|Republican|Democratic|Conservative|Muslim|Christian|Jewish|Catholic|Republicans|Democrats|Uighur|Kurdish|Arab|Sunni|Shi'ite|Rohingya"""

REGIONS = """Wall Street|Silicon Valley|Middle East|Gulf|West Bank|Gaza Strip|Gaza|Crimea|Donbass|Nagorno-Karabakh|Tigray|Kashmir|Xinjiang|Tibet|Inner Mongolia|Catalonia|Bavaria|Lombardy|Tuscany|Sicily|Sardinia|Corsica|Normandy|Brittany|Scotland|Wales|
Northern Ireland|Cornwall|Kent|Yorkshire|Merseyside|Greater Manchester|California|Texas|Florida|Georgia|Pennsylvania|Michigan|Wisconsin|Arizona|Nevada|Ohio|Iowa|North Carolina|New Jersey|Massachusetts|Alaska|Hawaii|Ontario|Quebec|Alberta|
British Columbia|Victoria|New South Wales|Queensland|Western Australia|Tasmania|Punjab|Haryana|Gujarat|Maharashtra|Uttar Pradesh|Bihar|Kerala|Tamil Nadu|West Bengal|Sindh|Balochistan|Helmand|Kandahar|Darfur|Sahel|Horn of Africa|Cabo Delgado|
Borno|Amazon|Andes|Alps|Pyrenees|Himalayas|Mediterranean|Black Sea|South China Sea|North Sea|Baltic Sea|Red Sea|Atlantic|Pacific|Arctic|Antarctica|Strait of Hormuz|English Channel|Persian Gulf|Gulf of Mexico|Suez Canal|Bay of Bengal|Asia|Europe|
Africa|North America|Latin America|Southeast Asia|sub-Saharan Africa|Central Asia|Balkans|Eastern Europe|Western Europe|East Africa|West Africa|Caribbean|Hubei|Sichuan|Guangdong|Hokkaido|Okinawa|Java|Sumatra|Bali|Luzon|Mindanao|Sao Paulo state"""

VENUES = """Old Trafford|Anfield|Stamford Bridge|Goodison Park|Villa Park|Elland Road|St James' Park|Selhurst Park|Turf Moor|Camp Nou|Santiago Bernabeu|San Siro|Allianz Arena|Twickenham|Murrayfield|Wembley|Lord's|Old Course|Augusta National|Silverstone|
Monza|Melbourne Park|Flushing Meadows|Roland Garros|Eden Gardens|Newlands|Heathrow|Gatwick|Ben Gurion Airport|Schiphol|Tiananmen Square|Red Square|Times Square|Trafalgar Square|Tahrir Square|Downing Street|Buckingham Palace|Capitol Hill|White House|Kremlin|
Elysee Palace|Guantanamo Bay|Trump Tower|Eiffel Tower|Notre-Dame|Vatican|Mar-a-Lago|Port of Dover|Calais|Dover|Rafah crossing|Kilauea|Mount Everest|Lake Victoria|Three Gorges Dam|Cape Canaveral|Kennedy Space Center|Baikonur"""

PATTERNS = """
{N1} reports {n} new coronavirus cases, {n} deaths
{C1} (Reuters) - {N1} on Saturday reported {n} new coronavirus infections in the past 24 hours, the health ministry said.
The {G1} said the number of deaths had risen by {n} to {n}. {P1}, head of the {G2}, told {M1} that hospitals in {C2} and {C3} were close to their limits.
"We are not out of the woods," {p1} said. The {D1} government of President {P2} is to decide on Monday whether to extend the lockdown. {p2} has said vaccines made by {O1} and {O2} would arrive in January.
--
{O1} to buy {O2} for ${n} billion - sources
{C1}, Dec {d} (Reuters) - {O1} is in talks to acquire {D1} rival {O2} in a deal that could value the company at more than ${n} billion, people familiar with the matter said on Friday.
{O1} declined to comment. {O2} did not immediately respond to a request for comment. {B1} and {B2} are advising {O1}, while {B3} is working with {O2}, the sources said.
Shares in {o2} rose as much as {n}% on the news. {P1}, an analyst at {B4}, said the price was "on the high side". {o1}, based in {C2}, {R1}, has {n} employees.
(Reporting by {P2} in {C1} and {P3} in {C3}; Editing by {P4} and {P5})
--
Soccer-{K1} beat {K2} to go top
{C1} (Reuters) - {P1} scored twice as {K1} recovered from a goal down to beat {K2} 3-1 at {V1} on Saturday and move to the top of the {L1}.
{K2} went ahead through {P2} in the 12th minute but {p1} levelled before the break and {P3} headed home from a corner. "We were lucky," {K1} manager {P4} told {M1}. {p4}'s side are two points clear of {K3}, who visit {K4} on Sunday.
{K2} coach {P5} said {p2} had a hamstring injury and would miss the {L2} tie against {K5}.
--
{N1} draw with {N2} after late penalty
{N1} captain {P1} converted a stoppage-time penalty as they drew 1-1 with {N2} in {C1} on Thursday. {N2}'s {P2} was sent off. {N3}, who lost to {N4} last week, are bottom of the group. {U1} will make the draw for the {L1} in {C2}.
--
FOREX-Dollar slips as {G1} signals more stimulus
By {P1}
{C1}, Dec {d} (Reuters) - The dollar fell against the euro and the yen on Tuesday after {G1} policymaker {P2} said that interest rates would stay low. "The market is looking for direction," said {P3}, senior currency strategist at {B1} in {C2}. The pound rose on hopes of a {W1} deal.
{B2} analysts said in a note that the {G2} would act only in March. The {W2} closed {n}% higher, while the {W3} was flat. Shares of {o1}, {o2} and {o3} gained, and {O4} fell {n}% after a downgrade by {B3}.
--
{D1} court sentences ex-minister to {n} years
A court in {C1} on Monday sentenced former {N1} minister {P1} to {n} years in prison for taking bribes from {O1}, state news agency {M1} reported. {p1}'s lawyer, {P2}, said he would appeal to the {G1}. {A1} called the verdict "a mockery of justice".
{P3}, {N1}'s prime minister, denied that {p1} had been targeted. {p3} will meet {D2} Foreign Minister {P4} in {C2} on Wednesday.
--
By {P1} and {P2}
{C1}/{C4} (Reuters) - {N1}'s {X1} said on Friday it had summoned the {D1} ambassador over remarks by {P3}. The {G1} spokeswoman {P4} told a briefing in {C2} that {N2} "must stop meddling". {N2}'s {X2} did not reply. Tensions between {C1} and {C3} have risen since {N3} imposed sanctions on {O1}.
--
{P1} wins {L1} in {C1}
{P1} of {N1} won the {L1} on Sunday, beating {N2}'s {P2} by two strokes at {V1} in {R1}. {p2}, the world number three, closed with a 68. {D1} {P3} and {P4} ({N3}) shared third. "I can't believe it," {p1}, 24, told reporters. The {U1} event was moved from {C2} because of the pandemic.
--
{O1} recalls {n} vehicles in {N1}
{O1} said it would recall {n} vehicles in {N1} and {N2} over faulty airbags. The {G1} opened an investigation in {C1} last year after complaints from drivers in {R1}. {O1} spokesman {P1} said no injuries had been reported. Rivals {o2} and {o3} have recalled cars with parts of the same {D1} supplier, {O4}.
--
At least {n} killed in {C1} blast
{C1}, {N1} (Reuters) - At least {n} people were killed when a car bomb exploded near a market in {C1}, in {N1}'s {R1} region, on Tuesday, police and residents said. No group claimed responsibility. {G1} fighters have attacked {C2} and {C3} in recent months.
"I heard a huge blast," said {P1}, a shopkeeper. {P2}, a doctor at the {C1} hospital, said dozens had been hurt. The {G2} condemned the attack. {N2} and {N3} have sent troops to the area.
--
{X1}, {G1} sign vaccine deal with {O1}
The {X1} and the {G1} signed an agreement with {O1} for {n} million doses, {P1} said in {C1}. The {G2} may approve the shot, developed with {G3}, within weeks. {N1}, {N2} and {N3} have placed orders with {o2}. Trials in {N4} and {R1} showed it was {n}% effective. "This is good news," said {P2}, an epidemiologist at {A1}.
--
Factbox: {W1} - what happens next?
{C1}/{C3} (Reuters) - Here is what is known about {W1}: - {N1} has asked {N2} for help - {G1} and {G2} will meet on {d} January in {C2} - {P1}, the chief negotiator, is due in {C3} - {O1} and {o2} plan to move staff from {C1} to {C4} - {G3}'s {P2} said: "We will see."
--
{O1} shares jump after results
({C1}) - Shares of {O1} climbed {n} percent on Wednesday after the company beat forecasts. Chief Executive {P1} said demand from {N1} and the rest of {R1} was strong. {p1}, who joined from {O2} in 2015, will step down in June; {P2}, head of {o1}'s {R2} business, takes over. {B1} raised its price target. {M1} first reported the change. {o2}, {o3}, and {O4} report next week.
--
{C1}: Police arrested {n} people in {C1} and {C2}, {R1}, on Thursday in raids against human traffickers, {A1} said. {P1}, {P2} and {P3} were charged. The {G1} and {N1}'s {X1} took part. {D1} and {D2} nationals were among the victims, prosecutor {P4} said.
--
UPDATE 2-{N1} central bank keeps rates on hold
{C1}, Dec {d} (Reuters) - {N1}'s central bank held its benchmark rate at {n}% on Thursday, as expected by economists polled by {M1}. Governor {P1} said the outlook was uncertain. "{p1} has to wait for the {G1}," said {P2} of {B1}. {B2}'s {P3} expects a cut in April. Inflation in {N1}, {R1}'s largest economy, was {n}%.
--
{P1} says {P2} should quit
{P1}, leader of {N1}'s opposition {A1}, called on Prime Minister {P2} to resign over the {W1} scandal. {p2}, speaking in {C1} alongside {N2}'s {P3}, said: "No." Lawmakers from the {G1} and from {A2} backed {p1}, {M1} reported. The {G2} votes on Thursday.
--
{n} dead as storm hits {R1}
Heavy rain and winds hit {R1} on Sunday, cutting power in {C1}, {C2} and parts of {N1}. The {G1} warned of floods along the coast. In {C3}, Mayor {P1} opened shelters. {O1} stopped work at its refinery near {C1}; {O2} said flights from {V1} were cancelled. {P2}, 53, lost her home. "It's gone," she told {M1}.
--
BRIEF-{O1} says CEO {P1} to retire
Dec {d} (Reuters) - {O1}: * SAYS CEO {P1} TO RETIRE * NAMES {P2} AS SUCCESSOR * {O1} SAYS SALES IN {N1} UP {n}% Source text: Further company coverage:
--
{K1} sign {P1} from {K2}
{K1} have signed {D1} forward {P1} from {K2} on a three-year deal, the {L1} club said on Monday. {p1}, who won the {L2} with {K3}, scored {n} goals for {N1}. {K1} play {K4} in {C1} on Saturday before a trip to {K5}. {U1} rules allow clubs to register {n} players. {K2} said they would not replace {p1}. {P2}, {K1}'s sporting director, said {K6} and {K7} had also been interested.
--
NBA roundup: {K1} edge {K2}
{P1} had {n} points as the {K1} beat the visiting {K2} 112-108. {P2} added {n} for {K1}, and {P3} led the {K2} with {n}. {K3} 101, {K4} 99: {P4} hit the winner in {C1}. {K5} 120, {K6} 95: {P5} returned from injury.
--
{N1} minister visits {C1}
U.S. Secretary of State {P1} arrived in {C1} on Tuesday for talks with NATO Secretary-General {P2} and EU foreign policy chief {P3}. NATO Supreme Allied Commander Europe General {P4} and Chairman of the Joint Chiefs of Staff Gen. {P5} also attended.
The {p6} administration, which takes office on January 20, has promised {N1} more help. {D1} Foreign Secretary {P7} said {N2} would "stand with {N1}". President-elect {P6} has yet to name an ambassador to the {G1}.
Defence Secretary {P8}, Prime Minister {p9} and Chancellor of the Exchequer {P1} met at {V1}. "President {p6}) {p2} is launching an attack on {C1}," {P9}, head of the {D1} president's office, wrote on {M1}.
About {n} residents took shelter in the metro station in central {C1}. The {D2} air force said it had shot down {n} drones over {R1}. State media and the State Department did not comment.
--
{R1} Governor {P1} declares emergency
{C1} (Reuters) - Governor {P1}, Attorney General {P2} and Representative {P3} of {R1} asked Congress on Friday for ${n} million. Senator {P4}, a {D1}, called the plan "a start". Former President {P5} and Vice President {P6} won {R2} in 2016. The {p5} administration, {p7} campaign officials and Judge {P8} did not respond. House Speaker {P9} and Senate Majority Leader {P7} are to meet on Monday. "We need this," {p9} said.
--
{S1}-{p1} to miss start of {L1}
{K1}'s {P1} will miss the start of the {L1} season after surgery, the club said on Friday. The {k1} open at home to {K2} in {C1}. "It is what it is," coach {P2} told {M1}. {k2} have lost {P3}, {P4} and captain {P5}. {K1} host {k3}, {K3}, in the {L2}; {K4} travel to {K5} and {K6} are at {K7}.
--
Collated standings: {K1} {n} {n} {n}; {K2} {n} {n} {n}; {K3} {n} {n}; {K4} {n} {n}; {K5} {n}. Scorers: {P1} ({K1}), {P2} ({K2}), {P3} ({K6}). Referee: {P4} ({N1}). Next: {K1} v {K2}, {K3} v {K4}, {K5} v {K6}. Venue: {V1}, {C1}.
--
{L1} results from {C1}
Results from the {L1} in {C1} on Sunday: 1. {P1} ({N1}) 2:01.34 2. {P2} ({N2}) 3. {P3} ({N3}). {P4} beat {P5} 6-4 6-3. {N1}'s {p1} had won in {C2}, {N4}, a week earlier. {P6}, {K1}, {n} minutes; {P7}, {K2}, {n}.
--
{D1} workers at {O1} to strike
Workers at {O1}'s plant in {C1} will strike from Monday, the {A1} union said. The {D1} {A2} said talks with {o1} management had failed. {P1} of the {A3} think tank in {C2} said {o2}, {o3} and {O4} faced the same demands. "{o1} can pay," {P2}, a welder, said. A spokeswoman for {N1}'s {X1} declined to comment; the {A4} will mediate. The {G1} Chairman {P3}, {R1} Premier {P4} and King {p5} were informed.
--
In a first, {C1} court rules against {O1}
{C1}'s {A1} ruled on Friday that {O1} owed {P1} compensation. The {A2}, which backed {p1}, and the {A3} welcomed it. Justice {P2} wrote that {o1} "knew". The case goes to the {A4}. {O1}'s lawyer, {P3} of {O3}, cited a {N1} decision on {O4}. Prince {P4}, Princess {p5}, Sheikh {P6} and Pope {p7} had spoken out.
--
{o1}, {o2} shares up; {o3} down
{o1} gained {n}%, {o2} rose {n}% and {o3} slipped after {B1} cut its rating. {o4} said on {M1} that it would sell {o5} to {o6}. In {C1}, {o7} was flat; {B2}, {b3} and {O8} were the top losers. {M2} and {M3} reported that {o9} had held talks with {O5}. Analysts at {B4} prefer {o2} to {o6}.
--
{D1} stocks end lower; {O1} tumbles
{C1}, Dec {d} (Reuters) - {D1} shares fell on Monday, led by {O1} and {o2}, as fears over {R1} grew. The {W1} dropped {n}%. {B1}, {B2} and {B3} lost between {n}% and {n}%. "Investors look to the {G1}," said {P1}, fund manager at {B4}. Oil prices fell after {G2} and {N1} agreed to raise output. {o3} and {o4} bucked the trend.
"""


@dataclass(frozen=True, slots=True)
class Fillers:
    """What slots are filled with: one list for each letter."""

    given: Sequence[str]
    family: Sequence[str]
    cities: Sequence[str]
    countries: Sequence[str]


def _listed(text: str) -> list[str]:
    return [name.strip() for name in text.replace("\n", "").split("|") if name.strip()]


class Templates:
    """Articles of the patterns, filled by chance."""

    def __init__(self, fillers: Fillers, seed: int) -> None:
        self._by_chance = random.Random(seed)
        self._fillers = fillers
        self._lists = {
            "O": _listed(COMPANIES), "B": _listed(BANKS), "G": _listed(AGENCIES), "K": _listed(CLUBS), "M": _listed(MEDIA),
            "U": _listed(SPORT_BODIES), "L": _listed(LEAGUES), "W": _listed(WORKS), "D": _listed(DEMONYMS),
            "R": _listed(REGIONS), "V": _listed(VENUES), "S": ["Soccer", "Cricket", "Tennis", "Golf", "NFL", "NBA", "NHL", "Rugby", "Athletics"],
        }  # fmt: skip
        self._patterns = [part.strip() for part in PATTERNS.split("--\n")]

    def articles(self, count: int) -> list[Labelled]:
        return [self._filled(self._by_chance.choice(self._patterns)) for _ in range(count)]

    def _filled(self, pattern: str) -> Labelled:
        chosen: dict[str, str] = {}
        text = ""
        names: list[Name] = []
        at = 0
        for slot in re.finditer(r"\{(\w)(\d*)\}|\(Reuters\)", pattern):
            text += pattern[at : slot.start()]
            at = slot.end()
            if slot[0] == "(Reuters)":
                names.append((len(text) + 1, len(text) + 8, "org"))
                text += slot[0]
                continue
            letter, number = slot[1], slot[2]
            if letter in "nd":
                text += str(self._by_chance.randint(2, 28 if letter == "d" else 999))
                continue
            form = self._name(letter, number, chosen)
            if letter in "CN" and _DATELINE.match(pattern, at) and self._by_chance.random() < 0.8:
                form = form.upper()
            names.append((len(text), len(text) + len(form), KINDS[letter]))
            text += form
        return Labelled(text + pattern[at:], tuple(names))

    def _name(self, letter: str, number: str, chosen: dict[str, str]) -> str:
        whole = letter.upper() + number
        if whole not in chosen:
            chosen[whole] = self._new(letter.upper())
        name = chosen[whole]
        if letter == "p":
            return name.split(" ")[-1]
        if letter in "ob":
            return _short(name)
        if letter == "k":
            return name.split(" ")[-1] if name.split(" ")[-1] not in _WITH_TOWNS else name
        return name

    def _new(self, letter: str) -> str:
        pick, fill = self._by_chance.choice, self._fillers
        if letter == "P":
            given = pick(fill.given)
            chance = self._by_chance.random()
            if chance < 0.08:
                given += f" {pick('ABCDEFGHJKLMNPRSTW')}."
            elif chance < 0.12:
                given += f" {pick(fill.given)}"
            return f"{given} {pick(fill.family)}"
        if letter == "C":
            return pick(fill.cities)
        if letter == "N":
            return pick(fill.countries)
        if letter == "X":
            return self._ministry()
        if letter == "A":
            return self._association() if self._by_chance.random() < 0.6 else pick(self._lists["G"])
        if letter == "O" and self._by_chance.random() < 0.3:
            return self._company()
        if letter == "B" and self._by_chance.random() < 0.15:
            return f"{pick(fill.family)} {pick(['Capital', 'Securities', 'Asset Management', 'Partners', 'Advisors', 'Research', 'Bank'])}"
        return pick(self._lists[letter])

    def _company(self) -> str:
        pick, fill = self._by_chance.choice, self._fillers
        stem = pick(
            [
                pick(fill.family),
                pick(fill.cities),
                f"{pick(fill.family)} {pick(['& Sons', 'Brothers', 'and ' + pick(fill.family)])}",
                "".join(
                    pick(_SYLLABLES) for _ in range(self._by_chance.randint(2, 3))
                ).capitalize(),
                "".join(pick("ABCDEFGHIKLMNOPRSTUVX") for _ in range(3)),
            ]
        )
        middle = pick(["", "", " " + pick(_TRADES)])
        return (
            f"{stem}{middle} {pick(_FORMS)}" if middle or self._by_chance.random() < 0.7 else stem
        )

    def _ministry(self) -> str:
        pick = self._by_chance.choice
        topic = pick(_TOPICS)
        return pick(
            [
                f"{topic} Ministry",
                f"Ministry of {topic}",
                f"Department of {topic}",
                f"{topic} Department",
                f"{topic} Ministry",
            ]
        )

    def _association(self) -> str:
        pick, fill = self._by_chance.choice, self._fillers
        where = pick(
            [
                pick(fill.countries),
                pick(fill.cities),
                *_listed(DEMONYMS)[:50],
                "National",
                "International",
            ]
        )
        body = pick(
            [
                "Association",
                "Federation",
                "Institute",
                "Council",
                "Union",
                "Agency",
                "Commission",
                "Authority",
                "Centre",
                "Foundation",
            ]
        )
        field = pick(
            [
                "Medical",
                "Football",
                "Bankers",
                "Farmers",
                "Trade",
                "Research",
                "Human Rights",
                "Energy",
                "Space",
                "Industry",
                "Press",
                "Olympic",
            ]
        )
        if self._by_chance.random() < 0.3:
            return f"{pick(['University of', 'Bank of', 'Institute of', 'Museum of'])} {pick(fill.cities)}"
        if self._by_chance.random() < 0.3:
            return f"{pick(fill.cities)} {pick(['University', 'Police', 'City Council', 'Stock Exchange', 'Hospital', 'High Court'])}"
        return f"{where} {field} {body}"


_SYLLABLES = [
    "ve",
    "ra",
    "lo",
    "tri",
    "mon",
    "dex",
    "no",
    "va",
    "cor",
    "syn",
    "tel",
    "ax",
    "ge",
    "li",
    "o",
    "pa",
    "ter",
    "un",
    "ix",
    "bri",
    "ka",
    "zen",
    "al",
    "to",
]
_TRADES = [
    "Energy",
    "Pharmaceuticals",
    "Airlines",
    "Motors",
    "Steel",
    "Oil",
    "Mining",
    "Foods",
    "Media",
    "Insurance",
    "Therapeutics",
    "Technologies",
    "Software",
    "Resources",
    "Electronics",
    "Cement",
    "Telecom",
    "Logistics",
    "Retail",
    "Semiconductor",
    "Entertainment",
    "Petroleum",
]
_FORMS = [
    "Inc",
    "Corp",
    "Ltd",
    "Plc",
    "AG",
    "SA",
    "NV",
    "SE",
    "SpA",
    "AB",
    "Group",
    "Holdings",
    "Co",
    "Co Ltd",
    "LLC",
    "Group Plc",
    "Inc.",
    "Corp.",
    "Ltd.",
    "International",
]
_TOPICS = [
    "Health",
    "Finance",
    "Foreign Affairs",
    "Defence",
    "Interior",
    "Justice",
    "Energy",
    "Agriculture",
    "Transport",
    "Education",
    "Industry",
    "Trade",
    "Labour",
    "Environment",
    "Culture",
    "Commerce",
    "Economy",
    "Defense",
    "Oil",
    "Tourism",
    "Information",
    "Emergency Situations",
]
_COMPANY_ENDS = re.compile(
    r"(?:,? (?:Inc|Corp|Ltd|Plc|AG|SA|NV|SE|SpA|AB|Group|Holdings|Holding|Co|LLC|ASA|Oyj|International|Technologies|Communications|& Co)\.?)+$"
)


#: What comes after the place of a dateline, which agencies write in capitals.
_DATELINE = re.compile(r"(?:/\{C\d\})?(?:, \{N\d\})?(?:, Dec \{d\})? \(Reuters\) -")

#: Ends of clubs' names that are never said alone.
_WITH_TOWNS = frozenset(
    [
        "United",
        "City",
        "Madrid",
        "Milan",
        "Munich",
        "Berlin",
        "Town",
        "Moscow",
        "Istanbul",
        "Kobe",
        "Belgrade",
        "Zagreb",
        "FC",
        "05",
        "04",
        "92",
    ]
)


def _short(name: str) -> str:
    """Return a company as it is called at second mention."""
    return _COMPANY_ENDS.sub("", name) or name
