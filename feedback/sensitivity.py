"""The 33 types of sensitive matters, with a definition for the model."""

from enum import StrEnum


class SensitivityType(StrEnum):
    """The contract's enumeration, section 5."""

    GENDER_INEQUALITY = "GENDER_INEQUALITY"
    GENDER_DISCRIMINATION = "GENDER_DISCRIMINATION"
    SEXUAL_VIOLENCE = "SEXUAL_VIOLENCE"
    SEXUAL_EXPLOITATION = "SEXUAL_EXPLOITATION"
    SEXUAL_ABUSE = "SEXUAL_ABUSE"
    GENDER_BASED_VIOLENCE = "GENDER_BASED_VIOLENCE"
    CORRUPTION = "CORRUPTION"
    FRAUD = "FRAUD"
    CODE_OF_CONDUCT_VIOLATION = "CODE_OF_CONDUCT_VIOLATION"
    ENVIRONMENTAL_HEALTH_AND_SAFETY_ISSUES = "ENVIRONMENTAL_HEALTH_AND_SAFETY_ISSUES"
    THREATS_AND_PHYSICAL_VIOLENCE = "THREATS_AND_PHYSICAL_VIOLENCE"
    ALCOHOL_OR_NARCOTIC_ABUSE = "ALCOHOL_OR_NARCOTIC_ABUSE"
    CONFLICT_OF_INTEREST = "CONFLICT_OF_INTEREST"
    THEFT = "THEFT"
    EMBEZZLEMENT = "EMBEZZLEMENT"
    GIFTS_BRIBES_AND_KICKBACKS = "GIFTS_BRIBES_AND_KICKBACKS"
    PROCUREMENT_OR_TENDER_VIOLATION = "PROCUREMENT_OR_TENDER_VIOLATION"
    INSIDER_TRADING = "INSIDER_TRADING"
    FALSIFICATION_OR_DESTRUCTION_OF_INFORMATION = "FALSIFICATION_OR_DESTRUCTION_OF_INFORMATION"
    NEPOTISM_AND_FAVOURITISM = "NEPOTISM_AND_FAVOURITISM"
    ABUSE_OF_OFFICIAL_POSITION = "ABUSE_OF_OFFICIAL_POSITION"
    UNFAIR_TREATMENT_OF_EMPLOYEES = "UNFAIR_TREATMENT_OF_EMPLOYEES"
    UNFAIR_DISMISSAL = "UNFAIR_DISMISSAL"
    HARASSMENT = "HARASSMENT"
    PRIVACY_AND_CONFIDENTIALITY_ISSUES = "PRIVACY_AND_CONFIDENTIALITY_ISSUES"
    WORKPLACE_BULLYING = "WORKPLACE_BULLYING"
    SEXUAL_HARASSMENT = "SEXUAL_HARASSMENT"
    VANDALISM = "VANDALISM"
    GIFTS_AND_HOSPITALITY = "GIFTS_AND_HOSPITALITY"
    ENVIRONMENTAL_VIOLATIONS = "ENVIRONMENTAL_VIOLATIONS"
    FOOD_SAFETY = "FOOD_SAFETY"
    RETALIATION_AGAINST_WHISTLEBLOWERS = "RETALIATION_AGAINST_WHISTLEBLOWERS"
    INAPPROPRIATE_BEHAVIOUR = "INAPPROPRIATE_BEHAVIOUR"


DEFINITIONS: dict[SensitivityType, str] = {
    SensitivityType.GENDER_INEQUALITY: "People get less aid, say or safety because of their gender.",
    SensitivityType.GENDER_DISCRIMINATION: "Somebody is refused, mocked or treated worse because of their gender.",
    SensitivityType.SEXUAL_VIOLENCE: "A sexual act, or an attempt at one, by force or against somebody's will.",
    SensitivityType.SEXUAL_EXPLOITATION: "Aid, money, work or protection is given or promised in exchange for sex.",
    SensitivityType.SEXUAL_ABUSE: "A sexual act by force or under unequal conditions, and any sexual act with a child.",
    SensitivityType.GENDER_BASED_VIOLENCE: "Harm done to somebody because of their gender, at home or outside it.",
    SensitivityType.CORRUPTION: "Power that was entrusted to somebody is misused for private gain.",
    SensitivityType.FRAUD: "Somebody deceives to get aid, money or goods, with false names, lists or papers for one.",
    SensitivityType.CODE_OF_CONDUCT_VIOLATION: "Staff or volunteers break the organisation's rules of behaviour.",
    SensitivityType.ENVIRONMENTAL_HEALTH_AND_SAFETY_ISSUES: "A place, building or activity endangers people's health.",
    SensitivityType.THREATS_AND_PHYSICAL_VIOLENCE: "Somebody is threatened, beaten, shot at or otherwise attacked.",
    SensitivityType.ALCOHOL_OR_NARCOTIC_ABUSE: "Staff, volunteers or others are drunk or drugged and it does harm.",
    SensitivityType.CONFLICT_OF_INTEREST: "Somebody decides about a matter in which they have a private interest.",
    SensitivityType.THEFT: "Aid, money or belongings are stolen.",
    SensitivityType.EMBEZZLEMENT: "Somebody keeps or diverts money or goods that they were trusted with.",
    SensitivityType.GIFTS_BRIBES_AND_KICKBACKS: "Money, goods or favours are asked or given to get a service.",
    SensitivityType.PROCUREMENT_OR_TENDER_VIOLATION: "Purchases or contracts go against the rules.",
    SensitivityType.INSIDER_TRADING: "Inside knowledge is used or sold for private gain.",
    SensitivityType.FALSIFICATION_OR_DESTRUCTION_OF_INFORMATION: "Lists or papers are forged or destroyed.",
    SensitivityType.NEPOTISM_AND_FAVOURITISM: "Relatives, friends or one's own group get aid or work before others.",
    SensitivityType.ABUSE_OF_OFFICIAL_POSITION: "Somebody uses their post to press or to profit.",
    SensitivityType.UNFAIR_TREATMENT_OF_EMPLOYEES: "Staff or volunteers are paid, assigned or treated unjustly.",
    SensitivityType.UNFAIR_DISMISSAL: "Somebody lost their work without a just reason.",
    SensitivityType.HARASSMENT: "Somebody is pestered, insulted or intimidated again and again.",
    SensitivityType.PRIVACY_AND_CONFIDENTIALITY_ISSUES: "Personal data leaked to others.",
    SensitivityType.WORKPLACE_BULLYING: "Somebody is humiliated or shut out at work.",
    SensitivityType.SEXUAL_HARASSMENT: "Unwanted sexual words, looks, touches or messages.",
    SensitivityType.VANDALISM: "Property or water points, shelters or latrines are destroyed on purpose.",
    SensitivityType.GIFTS_AND_HOSPITALITY: "Staff take presents, meals or favours that may sway them.",
    SensitivityType.ENVIRONMENTAL_VIOLATIONS: "Waste, sewage or felling harms land, water or animals unlawfully.",
    SensitivityType.FOOD_SAFETY: "Food or water that was handed out is spoilt, expired or makes people ill.",
    SensitivityType.RETALIATION_AGAINST_WHISTLEBLOWERS: "Somebody is punished for complaining.",
    SensitivityType.INAPPROPRIATE_BEHAVIOUR: "Rude, degrading or unfitting conduct that no other type covers.",
}


def written_definitions() -> str:
    """Return the definitions for a prompt, one type per line."""
    return "\n".join(f"- {name.value}: {DEFINITIONS[name]}" for name in SensitivityType)
